/** Models run in onnxruntime and in the engine, and how far apart the results are. */
import { InferenceSession as Runtime, Tensor as RuntimeTensor } from 'onnxruntime-node'
import { type EngineOptions, InferenceSession } from '../../src/engine'
import { type DataType, Graph, Model, type Node, Tensor, tensorType, type Value } from '../../src/ir'
import { encodeModel } from '../../src/onnx'
import type { FeedTensor } from '../../src/runtime'

export type Results = Readonly<Record<string, FeedTensor>>

/** Numbers from −1 to 1, the same for the same seed. */
export function noise(length: number, seed = 1): Float32Array {
  let state = seed
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state / 2 ** 31 - 1) as number
  })
}

export function floats(dims: readonly number[], seed = 1): FeedTensor {
  return {
    type: 'float32',
    dims,
    data: noise(
      dims.reduce((all, size) => all * size, 1),
      seed,
    ),
  }
}

/** A model of one graph, built by `build`. */
export class ModelBuilder {
  readonly graph = new Graph('test')
  readonly model = new Model(this.graph, { opsetImports: new Map([['', 21]]), irVersion: 10 })
  private seed = 100

  input(name: string, dims: readonly (number | string)[], dataType: DataType = 'float32'): Value {
    const value = this.graph.declareValue(name, tensorType(dataType, dims))
    this.graph.addInput(value)
    return value
  }

  constant(tensor: Tensor, name = 'constant'): Value {
    return this.graph.addInitializer(tensor, name)
  }

  /** A constant of noise. */
  weight(shape: readonly number[], scale = 1): Value {
    const elements = noise(
      shape.reduce((all, size) => all * size, 1),
      this.seed++,
    )
    return this.constant(
      Tensor.from(
        'float32',
        shape,
        elements.map((each) => each * scale),
      ),
    )
  }

  add(
    opType: string,
    inputs: readonly (Value | undefined)[],
    attributes: Parameters<Node['setAttribute']>[1][] | object = {},
  ): Value {
    const node = this.graph.add(opType, inputs, { attributes: attributes as never })
    return node.output() as Value
  }

  /** A value in 8 bits and back in floats, as quantizers write it. */
  rounded(x: Value, scale: number, zero: number, dataType: 'uint8' | 'int8' = 'uint8'): Value {
    const array = dataType === 'uint8' ? Uint8Array : Int8Array
    const by = [
      this.constant(Tensor.float32([scale])),
      this.constant(Tensor.from(dataType, [], array.of(zero))),
    ]
    return this.add('DequantizeLinear', [this.add('QuantizeLinear', [x, ...by]), ...by])
  }

  output(value: Value, dataType: DataType = 'float32'): this {
    value.type = tensorType(dataType)
    this.graph.addOutput(value)
    return this
  }
}

/** Feeds as onnxruntime takes them. */
export function runtimeTensors(feeds: Results): Record<string, RuntimeTensor> {
  const tensors = Object.entries(feeds).map(([name, { type, data, dims }]) => [
    name,
    new RuntimeTensor(type as 'float32', data as Float32Array, dims),
  ])
  return Object.fromEntries(tensors)
}

/** What onnxruntime makes of a model. */
export async function runRuntime(
  model: Model | string,
  feeds: Results,
  options: Runtime.SessionOptions = {},
): Promise<Results> {
  const source = typeof model === 'string' ? model : encodeModel(model)
  const session = await Runtime.create(source as string, {
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
    ...options,
  })
  try {
    return (await session.run(runtimeTensors(feeds))) as Results
  } finally {
    await session.release()
  }
}

export interface EngineRun {
  readonly results: Results
  /** Kernels of the steps, in order. */
  readonly kernels: readonly string[]
  readonly declined: readonly string[]
}

export async function runEngine(
  model: Model | string,
  feeds: Results,
  options?: EngineOptions,
): Promise<EngineRun> {
  const session = await InferenceSession.create(model, options)
  try {
    const results = await session.run(feeds)
    const explanation = await session.explain()
    return {
      results,
      kernels: explanation.steps.map(({ kernel }) => kernel),
      declined: explanation.declined.map(({ at, reason }) => `${at}: ${reason}`),
    }
  } finally {
    await session.release()
  }
}

/** onnxruntime's logistic function is off by up to 2e-7, which matters where an output has nothing larger. */
const LOGISTIC_ERROR = 2.5e-7

/** The largest difference of each output, relative to its largest element; infinite where types or dims differ. */
export function differences(expected: Results, actual: Results): Record<string, number> {
  return Object.fromEntries(
    Object.entries(expected).map(([name, a]) => [name, differenceOf(a, actual[name])]),
  )
}

function differenceOf(a: FeedTensor, b: FeedTensor | undefined): number {
  const { most, largest } = spreadOf(a, b)
  return most <= LOGISTIC_ERROR ? 0 : most / largest
}

/** The largest difference of two tensors, infinite where types, dims or what is not finite differ, and the first one's largest element. */
export function spreadOf(a: FeedTensor, b: FeedTensor | undefined): { most: number; largest: number } {
  const apart = { most: Number.POSITIVE_INFINITY, largest: 1 }
  if (!b || a.type !== b.type || `${a.dims}` !== `${b.dims}`) return apart
  const [x, y] = [a.data, b.data].map((data) => Array.from(data as Float32Array, Number)) as [
    number[],
    number[],
  ]
  let most = 0
  let largest = 0
  for (const [index, each] of x.entries()) {
    const other = y[index] as number
    if (Object.is(each, other) || each === other) continue
    if (!Number.isFinite(each) || !Number.isFinite(other)) return apart
    most = Math.max(most, Math.abs(each - other))
  }
  for (const each of x) if (Number.isFinite(each)) largest = Math.max(largest, Math.abs(each))
  return { most, largest }
}

/** Holds every output of a model to what onnxruntime makes of it. */
export async function expectParity(
  model: Model | string,
  feeds: Results,
  tolerance: number,
  options?: EngineOptions,
  runtimeOptions?: Runtime.SessionOptions,
): Promise<EngineRun> {
  const expected = await runRuntime(model, feeds, runtimeOptions)
  const run = await runEngine(model, feeds, options)
  for (const [name, difference] of Object.entries(differences(expected, run.results)))
    if (!(difference <= tolerance)) throw new Error(`Output ${name} is off by ${difference}`)
  return run
}
