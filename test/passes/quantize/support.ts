/** Small graphs in 8 bits: an in-process runtime over samples, and the check that a quantized graph keeps its word. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node'
import { type GramMatrix, type GramRequest, groupsOf } from '../../../src/calibrate/gramRequest'
import type { GramStore } from '../../../src/calibrate/gramStore'
import { Observer } from '../../../src/calibrate/observer'
import type { SequentialGram } from '../../../src/calibrate/sequence/sequentialGrams'
import type { StatisticRequest, Statistics } from '../../../src/calibrate/statistics'
import { StatisticsSet } from '../../../src/calibrate/statisticsSet'
import { allNodes, attribute, type Dimension, type Model, type Value } from '../../../src/ir'
import { encodeModel, openModel } from '../../../src/onnx'
import type { Measurement, Pass, PassContext, PassResult, PassRuntime } from '../../../src/passes/pass'
import type { StaticOptions } from '../../../src/passes/quantize'
import { quantizeStatic } from '../../../src/passes/quantize/static'
import { passContext, runModel, testRuntime } from '../../support/passContext'
import { RIGHT_HERE } from '../../support/saturation'
import { Builder, nodeText, randomNumbers } from '../simplify/support'

export type Feeds = Record<string, RuntimeTensor>

/** How small graphs are built here: random weights, inputs named. */
export class LayerBuilder extends Builder {
  private seed = 1

  /** Random numbers of about that spread, not two tensors alike. */
  some(shape: readonly number[], spread = 1, name = 'w'): Value {
    const count = shape.reduce((all, size) => all * size, 1)
    const numbers = randomNumbers(count, 17 + 7 * this.seed++)
    return this.weight(
      numbers.map((each) => each * spread),
      shape,
      name,
    )
  }

  /** A convolution with bias; its weight is scaled to keep the spread of what it reads. */
  conv(x: Value, shape: readonly number[], options: ConvOptions = {}): Value {
    const { name = '', pads = 0, bias = true, ...ints } = options
    const [outputs = 1, ...rest] = shape
    const spread = 1.5 / Math.sqrt(rest.reduce((all, size) => all * size, 1))
    const attributes = {
      ...(pads > 0 && { pads: attribute.ints(Array(2 * (rest.length - 1)).fill(pads)) }),
      ...(ints.group && { group: attribute.int(ints.group) }),
      ...(ints.strides && { strides: attribute.ints(ints.strides) }),
      ...(ints.dilations && { dilations: attribute.ints(ints.dilations) }),
    }
    const inputs = [x, this.some(shape, spread), ...(bias ? [this.some([outputs], 0.3, 'b')] : [])]
    return this.node('Conv', inputs, attributes, name)
  }
}

export interface ConvOptions {
  readonly name?: string
  readonly pads?: number
  readonly group?: number
  readonly strides?: readonly number[]
  readonly dilations?: readonly number[]
  readonly bias?: boolean
}

/** Samples for all inputs of a model; `dynamic` stands for sizes that are not fixed. */
export function samplesFor(model: Model, count = 4, dynamic = 3, offset = 0.3): Feeds[] {
  return Array.from({ length: count }, (_, sample) => {
    const entries = model.graph.inputs.map((input, position): [string, RuntimeTensor] => {
      const shape = (input.tensorType?.shape ?? []).map((size: Dimension) =>
        typeof size === 'number' ? size : dynamic,
      )
      const size = shape.reduce((all, each) => all * each, 1)
      const numbers = randomNumbers(size, 31 * sample + 5 * position + 3)
      return [input.name, feedOf(input, numbers, shape, offset)]
    })
    return Object.fromEntries(entries)
  })
}

function feedOf(input: Value, numbers: number[], shape: number[], offset: number): RuntimeTensor {
  const type = input.tensorType?.dataType
  if (type === 'int64')
    return new RuntimeTensor(
      'int64',
      BigInt64Array.from(numbers, (each) => BigInt(Math.floor((each + 1) * 20))),
      shape,
    )
  if (type === 'bool')
    return new RuntimeTensor(
      'bool',
      Uint8Array.from(numbers, (each) => +(each > 0)),
      shape,
    )
  return new RuntimeTensor(
    'float32',
    Float32Array.from(numbers, (each) => 2 * each + offset),
    shape,
  )
}

/** What a model gives for values of its main graph, one record a sample. */
export async function runValues(model: Model, names: readonly string[], samples: readonly Feeds[]) {
  const copy = model.clone()
  for (const name of names) {
    const value = copy.graph.own(name)
    if (value && !value.isGraphOutput && !value.isGraphInput) copy.graph.addOutput(value)
  }
  const session = await InferenceSession.create(encodeModel(copy), {
    graphOptimizationLevel: 'disabled',
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
  })
  const results: Feeds[] = []
  for (const feeds of samples) results.push({ ...feeds, ...((await session.run(feeds)) as Feeds) })
  await session.release()
  return results
}

export async function collect(
  model: Model,
  requests: readonly StatisticRequest[],
  samples: readonly Feeds[],
): Promise<Statistics> {
  const axes = new Map<string, number | undefined>()
  for (const { value, channelAxis } of requests) axes.set(value, axes.get(value) ?? channelAxis)
  const observers = [...axes].map(([value, axis]) => new Observer(value, axis))
  for (const values of await runValues(model, [...axes.keys()], samples)) {
    for (const observer of observers) {
      const tensor = values[observer.value] as RuntimeTensor
      await observer.add(tensor.data as Float32Array, tensor.dims)
    }
  }
  return new StatisticsSet(
    samples.length,
    observers.map((observer) => observer.finish()),
  )
}

/** Gram matrices the slow and obvious way: every patch as a row. */
async function collectGrams(
  model: Model,
  requests: readonly GramRequest[],
  samples: readonly Feeds[],
): Promise<GramStore> {
  const values = await runValues(
    model,
    requests.map((request) => request.value),
    samples,
  )
  const matrices = new Map<string, GramMatrix>()
  for (const request of requests) {
    const tensors = values.map((each) => each[request.value] as RuntimeTensor)
    const matrix = gramOf(request, tensors)
    if (matrix) matrices.set(request.key, matrix)
  }
  const store = {
    keys: [...matrices.keys()],
    skipped: [],
    has: (key: string) => matrices.has(key),
    read: async (key: string) => matrices.get(key),
    dispose: async () => undefined,
  }
  return store as unknown as GramStore
}

/** Each layer's matrix in the order of the graph, everything before it run again. */
async function* sequentialGrams(
  model: Model,
  requests: readonly GramRequest[],
  samples: readonly Feeds[],
): AsyncGenerator<SequentialGram> {
  const position = new Map(model.graph.nodes.map((node, index) => [node.outputs[0]?.name, index]))
  const at = ({ key }: GramRequest) => position.get(key) ?? 0
  for (const request of [...requests].sort((a, b) => at(a) - at(b))) {
    const grams = await collectGrams(model, [request], samples)
    const { key } = request
    yield grams.has(key) ? { key, gram: await grams.read(key) } : { key, reason: 'it is none of ours' }
  }
}

function gramOf(request: GramRequest, tensors: readonly RuntimeTensor[]): GramMatrix | undefined {
  const groups = groupsOf(request)
  if (request.kind === 'conv' && request.kernel.length !== 2) return undefined
  const rows = Array.from({ length: groups }, (_, group) =>
    tensors.flatMap((tensor) => patchesOf(request, tensor, group, groups)),
  )
  const features = rows[0]?.[0]?.length ?? 0
  const count = rows[0]?.length ?? 0
  const gram = new Float64Array(groups * features * features)
  const means = new Float64Array(groups * features)
  rows.forEach((patches, group) => {
    for (const patch of patches) {
      for (let i = 0; i < features; i++) {
        const xi = patch[i] as number
        means[group * features + i] = (means[group * features + i] as number) + xi / count
        for (let j = 0; j < features; j++) {
          const at = (group * features + i) * features + j
          gram[at] = (gram[at] as number) + xi * (patch[j] as number)
        }
      }
    }
  })
  return { features, groups, rows: count, gram, means }
}

/** Every row of inputs that one group's weights meet, in the order of the weights. */
export function patchesOf(
  wanted: GramRequest,
  tensor: RuntimeTensor,
  group = 0,
  groups = groupsOf(wanted),
): number[][] {
  const data = tensor.data as Float32Array
  const kernel = tensor.dims.slice(2).map(() => 1)
  const request = wanted.kind === 'channels' ? ({ ...wanted, kind: 'conv', kernel } as const) : wanted
  if (request.kind === 'matmul') {
    const { channels, axis = -1 } = request
    const inner = tensor.dims
      .slice(axis)
      .slice(1)
      .reduce((all, size) => all * size, 1)
    return Array.from({ length: data.length / channels }, (_, row) => {
      const start = Math.floor(row / inner) * channels * inner + (row % inner)
      return Array.from({ length: channels }, (_, channel) => data[start + channel * inner] as number)
    })
  }
  const [batch = 1, channels = 1, height = 1, width = 1] = tensor.dims
  const [kh = 1, kw = 1] = request.kernel
  const [sh = 1, sw = 1] = request.strides ?? []
  const [dh = 1, dw = 1] = request.dilations ?? []
  const [top = 0, left = 0, bottom = 0, right = 0] = (request.pads as number[] | undefined) ?? []
  const part = channels / groups
  const rows: number[][] = []
  for (let n = 0; n < batch; n++)
    for (let y = -top; y + (kh - 1) * dh < height + bottom; y += sh)
      for (let x = -left; x + (kw - 1) * dw < width + right; x += sw) {
        const row: number[] = []
        for (let c = group * part; c < (group + 1) * part; c++)
          for (let i = 0; i < kh; i++)
            for (let j = 0; j < kw; j++) {
              const [h, w] = [y + i * dh, x + j * dw]
              const isInside = h >= 0 && h < height && w >= 0 && w < width
              row.push(isInside ? (data[((n * channels + c) * height + h) * width + w] as number) : 0)
            }
        rows.push(row)
      }
  return rows
}

/** 10 · log10(signal / noise) over all float outputs. */
export function snrOf(reference: readonly Feeds[], actual: readonly Feeds[]): number {
  let [signal, noise] = [0, 0]
  reference.forEach((outputs, sample) => {
    for (const [name, tensor] of Object.entries(outputs)) {
      if (tensor.type !== 'float32') continue
      const found = actual[sample]?.[name]?.data as Float32Array
      ;(tensor.data as Float32Array).forEach((wanted, index) => {
        signal += wanted ** 2
        noise += (wanted - (found[index] as number)) ** 2
      })
    }
  })
  return noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise)
}

export async function runAll(
  model: Model,
  samples: readonly Feeds[],
  level: Level = 'disabled',
  session: Record<string, string> = {},
): Promise<Feeds[]> {
  const results: Feeds[] = []
  const options = { graphOptimizationLevel: level, extra: { session } }
  for (const feeds of samples) results.push((await runModel(model, feeds, options)) as Feeds)
  return results
}

/** Everything that passes run, over these samples, in this process. */
export function runtimeOver(original: Model, samples: readonly Feeds[]): PassRuntime {
  const reference = runAll(original.clone(), samples)
  return {
    ...testRuntime,
    collect: (model, requests) => collect(model, requests, samples),
    collectGrams: (model, requests) => collectGrams(model, requests, samples),
    sequentialGrams: (model, requests) => sequentialGrams(model, requests, samples),
    originalMetric: async () => undefined,
    measure: async (candidate, limit = samples.length): Promise<Measurement> => {
      const outputs = await runAll(candidate, samples.slice(0, limit))
      const snrDb = snrOf((await reference).slice(0, limit), outputs)
      return { snrDb, agreement: undefined, metric: undefined }
    },
  }
}

/** A context with the statistics that a pass asks for. */
export async function contextFor(
  pass: Pass,
  model: Model,
  samples: readonly Feeds[],
  runtime: PassRuntime = runtimeOver(model, samples),
): Promise<PassContext> {
  const statistics = await collect(model, pass.needs?.(model) ?? [], samples)
  return { ...passContext(model, runtime), statistics, sampleCount: samples.length }
}

/** Quantizes a model in place with `quantize.static` and checks the graph's own rules. */
export async function quantizeNow(
  model: Model,
  samples: readonly Feeds[],
  options: StaticOptions = { accuracy: false },
): Promise<PassResult> {
  const pass = quantizeStatic({ ...RIGHT_HERE, ...options })
  const result = await pass.apply(await contextFor(pass, model, samples))
  model.verify()
  return result
}

/** Else onnxruntime turns some signed activations into unsigned ones on x86, and fewer nodes fuse. */
export const SIGNED_AS_THEY_ARE = { qdqisint8allowed: '1' }

const LEVELS = ['disabled', 'basic', 'extended', 'all'] as const
export type Level = (typeof LEVELS)[number]

export interface CheckOptions extends StaticOptions {
  readonly samples?: readonly Feeds[]
  /** Smallest signal-to-noise ratio against the float model, in dB; 25 if left out. */
  readonly snrDb?: number
  /** Quantization steps of an output's range by which optimization levels may differ; 2 if left out. */
  readonly steps?: number
}

export interface Checked {
  readonly model: Model
  readonly result: PassResult
  /** The nodes as text, one a line, without what depends on numbers. */
  readonly text: string
  /** How often onnxruntime runs each operation. */
  readonly operations: Record<string, number>
}

/** Quantizes a small graph and holds it against what QDQ promises. */
export async function check({ model }: Builder, options: CheckOptions = {}): Promise<Checked> {
  const { samples = samplesFor(model), snrDb = 25, steps = 2, ...rest } = options
  const original = model.clone()
  const result = await quantizeNow(model, samples, { accuracy: false, ...rest })
  expect(signatureOf(model)).toBe(signatureOf(original))
  expect(leftovers(model)).toEqual([])
  expect(deadNodes(model)).toEqual([])
  const reference = await runAll(original, samples)
  const plain = await runAll(model, samples)
  expect(snrOf(reference, plain)).toBeGreaterThan(snrDb)
  for (const level of LEVELS.slice(1)) {
    const optimized = await runAll(model, samples, level)
    expect(snrOf(reference, optimized)).toBeGreaterThan(snrDb)
    expectSteps(plain, optimized, steps)
  }
  return { model, result, text: structureOf(model), operations: await operationsOf(model) }
}

/** Nodes as text. Of zero points only those at the end of the type are the same for all numbers. */
function structureOf(model: Model): string {
  return nodeText(model).replace(/zero_(u?int8)_(?!0\b|-128\b)-?\d+/g, 'zero_$1_z')
}

/** Inputs and outputs by name, type and shape. */
export function signatureOf(model: Model): string {
  return model.toText().split('\n')[1] ?? ''
}

/** Constants that nothing reads. */
export function leftovers(model: Model): string[] {
  return model.graph.initializers.filter((value) => value.isUnused && !value.isGraphInput).map((v) => v.name)
}

/** Nodes whose results nothing reads. */
function deadNodes({ graph }: Model): string[] {
  const dead = graph.nodes.filter(({ outputs }) => outputs.every((output) => !output || output.isUnused))
  return dead.map(({ label }) => label)
}

function expectSteps(a: readonly Feeds[], b: readonly Feeds[], steps: number): void {
  a.forEach((outputs, sample) => {
    for (const [name, tensor] of Object.entries(outputs)) {
      const [x, y] = [tensor.data as Float32Array, b[sample]?.[name]?.data as Float32Array]
      expect(b[sample]?.[name]?.dims).toEqual(tensor.dims)
      const range = Math.max(...x, 0) - Math.min(...x, 0)
      const worst = x.reduce((most, each, index) => Math.max(most, Math.abs(each - (y[index] as number))), 0)
      expect(worst).toBeLessThanOrEqual(((steps + 0.01) * range) / 255)
    }
  })
}

/** The graph that onnxruntime really runs; the level above only changes layouts. */
export async function optimizedGraph(model: Model, level: Level = 'extended'): Promise<Model> {
  const folder = mkdtempSync(join(tmpdir(), 'optimized-'))
  const path = join(folder, 'model.onnx')
  try {
    const session = await InferenceSession.create(encodeModel(model), {
      graphOptimizationLevel: level,
      optimizedModelFilePath: path,
      extra: { session: SIGNED_AS_THEY_ARE },
      intraOpNumThreads: 1,
      logSeverityLevel: 4,
    })
    await session.release()
    return await openModel(path)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export async function operationsOf(model: Model): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const node of allNodes((await optimizedGraph(model)).graph))
    counts[node.opType] = (counts[node.opType] ?? 0) + 1
  return counts
}

/** How often an operation stands in a model. */
export function countOf(model: Model, opType: string): number {
  return [...allNodes(model.graph)].filter((node) => node.opType === opType).length
}
