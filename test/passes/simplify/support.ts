/** Small graphs by hand, and the check that simplifying them changes nothing but their form. */
import { Tensor as RuntimeTensor } from 'onnxruntime-node'
import {
  type AddOptions,
  type DataType,
  type Dimension,
  Model,
  Tensor,
  tensorType,
  type Value,
  withSubgraphs,
} from '../../../src/ir'
import { encodeModel } from '../../../src/onnx'
import type { PassResult } from '../../../src/passes/pass'
import { type SimplifyOptions, simplify } from '../../../src/passes/simplify'
import { applyPass, runModel } from '../../support/passContext'

/** Builds a model's main graph in a few words. */
export class Builder {
  readonly model: Model

  constructor(opset = 21) {
    this.model = new Model(undefined, { opsetImports: new Map([['', opset]]), irVersion: 8 })
  }

  input(name: string, shape: readonly Dimension[], dataType: DataType = 'float32'): Value {
    const value = this.model.graph.declareValue(name, tensorType(dataType, shape))
    this.model.graph.addInput(value)
    return value
  }

  /** A float32 constant; a single number is a scalar. */
  weight(elements: number | readonly number[], shape?: readonly number[], name = 'c'): Value {
    const list = typeof elements === 'number' ? [elements] : elements
    const rank = typeof elements === 'number' ? [] : [list.length]
    return this.model.graph.addInitializer(Tensor.float32(list, shape ?? rank, name))
  }

  /** A float32 constant of random elements between -1 and 1. */
  random(shape: readonly number[], name = 'w'): Value {
    const count = shape.reduce((all, size) => all * size, 1)
    return this.weight(randomNumbers(count, name.length + count), shape, name)
  }

  ints(elements: readonly number[], name = 'i'): Value {
    return this.model.graph.addInitializer(Tensor.int64(elements, [elements.length], name))
  }

  node(
    opType: string,
    inputs: readonly (Value | undefined)[],
    attributes: AddOptions['attributes'] = {},
    name = '',
  ): Value {
    const outputs = name ? [this.model.graph.declareValue(name)] : 1
    return this.model.graph.add(opType, inputs, { attributes, outputs }).output() as Value
  }

  /** Makes a value the output, under its own name. */
  output(value: Value, shape?: readonly Dimension[], dataType: DataType = 'float32'): this {
    value.type = tensorType(dataType, shape)
    this.model.graph.addOutput(value)
    return this
  }
}

/** Numbers between -1 and 1 that are the same in every run. */
export function randomNumbers(count: number, seed = 1): number[] {
  let state = seed * 2654435761
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return state / 2 ** 31
  })
}

export interface CheckOptions extends SimplifyOptions {
  /** Shapes to feed in turn; where left out, the inputs' own, with 2 for what is dynamic. */
  readonly shapes?: readonly (readonly number[])[]
  /** Largest difference, relative to the largest element of the output. */
  readonly tolerance?: number
  /** What the random inputs are multiplied with. */
  readonly amplitude?: number
  /** Whether the result must have fewer nodes; true if left out. */
  readonly fewer?: boolean
}

export interface Checked {
  readonly model: Model
  readonly result: PassResult
  /** Reasons for what was left alone. */
  readonly reasons: readonly string[]
  /** The nodes as text, one a line. */
  readonly nodes: string
}

/** Roundings of float32 along a sum of some hundred products. */
const ROUNDING = 2 ** -19

/** Simplifies a model and checks that it verifies, computes the same, and did not grow. */
export async function check({ model }: Builder, options: CheckOptions = {}): Promise<Checked> {
  const original = model.clone()
  const result = await applyPass(simplify(options.keep === undefined ? {} : { keep: options.keep }), model)
  for (const shape of options.shapes ?? [undefined]) await compare(original, model, shape, options)
  expect(encodeModel(model).byteLength).toBeLessThanOrEqual(encodeModel(original).byteLength)
  expect(signature(model)).toBe(signature(original))
  return { model, result, reasons: result.skipped.map((skip) => skip.reason), nodes: nodeText(model) }
}

/** Nodes as text, those of subgraphs included, without the constants. */
export function nodeText(model: Model): string {
  const lines = model.toText().split('\n')
  return lines
    .filter((line) => / = \w+\(/.test(line))
    .map((line) => line.trim())
    .join('\n')
}

/** How many nodes of that type there are. */
export function count(model: Model, opType: string): number {
  return [...withSubgraphs(model.graph)]
    .flatMap((graph) => graph.nodes)
    .filter((node) => node.opType === opType).length
}

function signature(model: Model): string {
  const [, line = ''] = model.toText().split('\n')
  return line
}

async function compare(
  a: Model,
  b: Model,
  shape: readonly number[] | undefined,
  options: CheckOptions,
): Promise<void> {
  const feeds: Record<string, RuntimeTensor> = {}
  for (const input of a.graph.inputs) {
    const declared = (input.tensorType?.shape ?? []).map((size) => (typeof size === 'number' ? size : 2))
    feeds[input.name] = randomTensor(
      shape ?? declared,
      input.tensorType?.dataType ?? 'float32',
      options.amplitude ?? 1,
    )
  }
  const [expected, actual] = [await runModel(a, feeds), await runModel(b, feeds)]
  expect(Object.keys(actual)).toEqual(Object.keys(expected))
  for (const [name, tensor] of Object.entries(expected)) {
    expectClose(actual[name] as RuntimeTensor, tensor as RuntimeTensor, options.tolerance ?? ROUNDING)
  }
}

function randomTensor(shape: readonly number[], dataType: DataType, amplitude: number): RuntimeTensor {
  const numbers = randomNumbers(
    shape.reduce((all, size) => all * size, 1),
    7,
  ).map((each) => each * amplitude)
  if (dataType === 'float32') return new RuntimeTensor('float32', Float32Array.from(numbers), shape)
  if (dataType === 'float64') return new RuntimeTensor('float64', Float64Array.from(numbers), shape)
  if (dataType === 'int64')
    return new RuntimeTensor(
      'int64',
      BigInt64Array.from(numbers, (each) => BigInt(Math.round(each * 9))),
      shape,
    )
  if (dataType === 'int32')
    return new RuntimeTensor(
      'int32',
      Int32Array.from(numbers, (each) => Math.round(each * 9)),
      shape,
    )
  return new RuntimeTensor(
    'bool',
    Uint8Array.from(numbers, (each) => (each > 0 ? 1 : 0)),
    shape,
  )
}

export function expectClose(actual: RuntimeTensor, expected: RuntimeTensor, tolerance: number): void {
  expect([actual.type, ...actual.dims]).toEqual([expected.type, ...expected.dims])
  const [x, y] = [expected.data as ArrayLike<number | bigint>, actual.data as ArrayLike<number | bigint>]
  const largest = Array.from(x, Number).reduce((most, each) => Math.max(most, Math.abs(each)), 0)
  let worst = 0
  for (let index = 0; index < x.length; index++)
    worst = Math.max(worst, Math.abs(Number(x[index]) - Number(y[index])))
  expect(worst).toBeLessThanOrEqual(tolerance * largest)
}
