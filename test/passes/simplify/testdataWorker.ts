/**
 * Simplifies models of ONNX's test suite and compares them with the originals in onnxruntime. Runs as a child process:
 * onnxruntime aborts the process for a few of these models. Folders arrive by message, one verdict goes back for each.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node'
import { Model, type Tensor } from '../../../src/ir'
import { decodeModel, encodeModel } from '../../../src/onnx'
import { simplify } from '../../../src/passes/simplify'
import { applyPass } from '../../support/passContext'

export interface Task {
  readonly folder: string
  readonly frozen: boolean
}

export interface Verdict {
  readonly folder: string
  /** `same`: outputs compared and equal up to rounding. `refused`: onnxruntime refuses both. */
  readonly outcome: 'same' | 'refused' | 'notCompared' | 'different'
  readonly why?: string
  readonly nodes: readonly [before: number, after: number]
  readonly bytes: readonly [before: number, after: number]
}

const OPTIONS: InferenceSession.SessionOptions = {
  graphOptimizationLevel: 'disabled',
  intraOpNumThreads: 1,
  logSeverityLevel: 4,
}

/** Largest difference allowed, relative to the largest element: some roundings of the type's last place. */
const TOLERANCE: Record<string, number> = { float32: 2 ** -19, float64: 2 ** -46, float16: 2 ** -8 }

const toModel = (bytes: Uint8Array): Model =>
  decodeModel(bytes, {}, (graph, fields) => new Model(graph, fields))

/** A model of the suite, as it is or with all inputs but the first made constants, which gives folding work to do. */
async function judge({ folder, frozen }: Task): Promise<Verdict> {
  const bytes = readFileSync(join(folder, 'model.onnx'))
  const model = toModel(bytes)
  const feeds = readFeeds(folder, model)
  if (frozen) {
    if (typeof feeds === 'string')
      return { folder, outcome: 'notCompared', why: feeds, nodes: [0, 0], bytes: [0, 0] }
    freeze(model, feeds)
  }
  const original = encodeModel(model)
  const nodes = model.graph.nodeCount
  await applyPass(simplify(), model)
  const simplified = encodeModel(model)
  const sizes = {
    nodes: [nodes, model.graph.nodeCount],
    bytes: [original.byteLength, simplified.byteLength],
  } as const
  return { folder, ...sizes, ...(await compare(original, simplified, feeds)) }
}

function freeze(model: Model, feeds: Feeds): void {
  for (const input of [...model.graph.inputs].slice(1)) {
    const tensor = feeds.get(input.name)
    if (!tensor || input.initializer) continue
    model.graph.removeInput(input)
    input.initializer = tensor.withName(input.name)
  }
}

type Outcome = Pick<Verdict, 'outcome' | 'why'>

async function compare(
  original: Uint8Array,
  simplified: Uint8Array,
  feeds: Feeds | string,
): Promise<Outcome> {
  const [a, b] = [await openSession(original), await openSession(simplified)]
  if (typeof a === 'string' || typeof b === 'string') return refusals(a, b)
  if (typeof feeds === 'string') return { outcome: 'notCompared', why: feeds }
  const [expected, again, actual] = [await run(a, feeds), await run(a, feeds), await run(b, feeds)]
  if (typeof expected === 'string' || typeof actual === 'string') return refusals(expected, actual)
  if (typeof again === 'string' || difference(expected, again))
    return { outcome: 'notCompared', why: 'it is random' }
  const why = difference(expected, actual)
  return why ? { outcome: 'different', why } : { outcome: 'same' }
}

/** Both refused is as good as equal. */
function refusals(a: unknown, b: unknown): Outcome {
  if (typeof a === 'string' && typeof b === 'string') return { outcome: 'refused' }
  return { outcome: 'different', why: `original: ${short(a)}, simplified: ${short(b)}` }
}

function short(result: unknown): string {
  return typeof result === 'string' ? result : 'works'
}

async function openSession(bytes: Uint8Array): Promise<InferenceSession | string> {
  return InferenceSession.create(bytes, OPTIONS).catch(String)
}

type Feeds = ReadonlyMap<string, Tensor>
type Results = Record<string, RuntimeTensor>

async function run(session: InferenceSession, feeds: Feeds): Promise<Results | string> {
  try {
    const inputs = session.inputNames.map((name) => [name, toRuntimeTensor(feeds.get(name) as Tensor)])
    return (await session.run(Object.fromEntries(inputs))) as Results
  } catch (error) {
    return String(error)
  }
}

function readFeeds(folder: string, model: Model): Feeds | string {
  const feeds = new Map<string, Tensor>()
  const names = model.graph.inputs.filter((input) => !input.initializer).map((input) => input.name)
  for (const [index, name] of names.entries()) {
    const path = join(folder, 'test_data_set_0', `input_${index}.pb`)
    if (!existsSync(path)) return 'it has no input data'
    try {
      feeds.set(name, readTensor(readFileSync(path)))
    } catch (error) {
      return `its input data is no tensor: ${error}`
    }
  }
  return feeds
}

/** Reads a TensorProto as the only initializer of a model made around it. */
function readTensor(bytes: Uint8Array): Tensor {
  // The last of two names counts, and an initializer must have one.
  const graph = message(5, Buffer.concat([bytes, message(8, Buffer.from('tensor'))]))
  const model = toModel(
    Buffer.concat([Buffer.from([0x08, 8]), message(7, graph), message(8, Buffer.from([0x10, 13]))]),
  )
  const tensor = model.graph.initializers[0]?.initializer
  if (!tensor) throw new Error('no tensor')
  return tensor
}

function message(field: number, bytes: Uint8Array): Buffer {
  const length: number[] = []
  for (let rest = bytes.byteLength; ; rest >>>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest)
    if (rest <= 127) break
  }
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...length]), bytes])
}

function toRuntimeTensor(tensor: Tensor): RuntimeTensor {
  const data = tensor.dataType === 'string' ? tensor.strings : tensor.elements
  return new RuntimeTensor(tensor.dataType as 'float32', data as Float32Array, tensor.shape)
}

/** What differs between two results, if anything does. */
function difference(expected: Results, actual: Results): string | undefined {
  for (const [name, a] of Object.entries(expected)) {
    const b = actual[name]
    if (!b) return `output ${name} is missing`
    if (!(a instanceof RuntimeTensor) || !(b instanceof RuntimeTensor)) {
      if (JSON.stringify(a) !== JSON.stringify(b)) return `output ${name} differs`
      continue
    }
    if (a.type !== b.type || `${a.dims}` !== `${b.dims}`)
      return `${name}: ${a.type}[${a.dims}], simplified ${b.type}[${b.dims}]`
    const why = elementsDiffer(a, b)
    if (why) return `${name}: ${why}`
  }
  return undefined
}

function elementsDiffer(a: RuntimeTensor, b: RuntimeTensor): string | undefined {
  const [x, y] = [numbersOf(a), numbersOf(b)]
  const tolerance = TOLERANCE[a.type] ?? 0
  const largest = x.reduce(
    (most: number, each) => Math.max(most, Number.isFinite(each) ? Math.abs(Number(each)) : 0),
    0,
  )
  for (const [index, expected] of x.entries()) {
    const actual = y[index]
    if (Object.is(expected, actual) || expected === actual) continue
    if (Math.abs(Number(expected) - Number(actual)) <= tolerance * largest) continue
    return `element ${index} is ${actual}, not ${expected}`
  }
  return undefined
}

function numbersOf(tensor: RuntimeTensor): unknown[] {
  const elements = Array.from(tensor.data as ArrayLike<unknown>)
  return tensor.type === 'float16' ? elements.map((bits) => halfToNumber(Number(bits))) : elements
}

function halfToNumber(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}

process.on('message', async (task: Task) => {
  const failed = (error: unknown): Verdict => {
    const why = error instanceof Error ? `${error.stack}` : String(error)
    return { folder: task.folder, outcome: 'different', why, nodes: [0, 0], bytes: [0, 0] }
  }
  process.send?.(await judge(task).catch(failed))
})
