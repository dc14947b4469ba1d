/** Graphs that grow by one operator at a time, whatever it reads. */
import { type DataType, Tensor, type Value } from '../../../src/ir'
import { ModelBuilder } from '../support'
import { Dice } from './dice'

/** What 8-bit values stand for. */
export interface Bytes {
  readonly scale: number
  readonly zeroPoint: number
}

export interface Shaped {
  readonly value: Value
  readonly shape: readonly number[]
  /** Of values that a QuantizeLinear and a DequantizeLinear made. */
  readonly bytes?: Bytes | undefined
}

export const replaced = (shape: readonly number[], axis: number, size: number) =>
  shape.map((each, index) => (index === axis ? size : each))

export const sizeOf = (shape: readonly number[]) => shape.reduce((all, size) => all * size, 1)

/** Of a value: with more, runs take too long. */
const MOST_ELEMENTS = 40_000

/** A growing graph: what it has so far, and how to add to it. */
export class RandomGraph {
  readonly build = new ModelBuilder()
  readonly values: Shaped[] = []
  /** Of all 8-bit values, as quantizers have it. */
  readonly byteType: 'uint8' | 'int8'

  constructor(readonly dice: Dice) {
    this.byteType = dice.pick(['uint8', 'uint8', 'int8'])
  }

  /** A node with one result. */
  add(
    opType: string,
    inputs: readonly (Shaped | Value | undefined)[],
    shape: readonly number[],
    attributes: object = {},
  ): Shaped {
    const values = inputs.map((input) =>
      input && 'shape' in input && 'value' in input ? input.value : input,
    )
    return { value: this.build.add(opType, values as Value[], attributes), shape }
  }

  tensor(dataType: DataType, shape: readonly number[], data: Parameters<typeof Tensor.from>[2]): Value {
    return this.build.constant(Tensor.from(dataType, shape, data))
  }

  number(value: number): Value {
    return this.build.constant(Tensor.float32([value], []))
  }

  integers(values: readonly number[]): Value {
    return this.build.constant(Tensor.int64(values))
  }

  /** Floats, now and then with zeros in blocks, which the engine has kernels for. */
  weights(shape: readonly number[], scale = 1): Value {
    return this.tensor('float32', shape, this.thinned(shape, this.dice.noise(sizeOf(shape), scale)))
  }

  thinned<T extends Float32Array | Int8Array>(shape: readonly number[], data: T): T {
    const { dice } = this
    if (shape.length === 1 || dice.chance(0.6)) return data
    const columns = sizeOf(shape.slice(1))
    const [tall, wide, share] = [dice.pick([1, 4, 8]), dice.pick([1, 4]), dice.pick([0.1, 0.3])]
    const kept = new Map<string, boolean>()
    for (let at = 0; at < data.length; at++) {
      const block = `${Math.floor(at / columns / tall)},${Math.floor((at % columns) / wide)}`
      if (!kept.has(block)) kept.set(block, dice.chance(share))
      if (!kept.get(block)) data[at] = 0
    }
    return data
  }
}

/** Adds an operator behind a value, or declines: it does not take such shapes. */
export type Growth = (graph: RandomGraph, x: Shaped) => Shaped | undefined

/** A graph of up to `most` operators, of which each reads one of the last or any. */
export function grown(
  seed: number,
  most: number,
  start: (graph: RandomGraph, x: Shaped) => Shaped,
  growths: readonly Growth[],
): RandomGraph {
  const dice = new Dice(seed)
  const graph = new RandomGraph(dice)
  const image = [dice.size(1, 2), dice.pick([1, 3, 4, 8, 12, 16, 32]), dice.size(4, 18), dice.size(4, 18)]
  const rows = [dice.size(1, 3), dice.size(1, 40), dice.size(1, 64)]
  const shape = dice.chance(0.8) ? image : rows
  graph.values.push(start(graph, { value: graph.build.input('x', shape), shape }))
  const wanted = dice.size(2, most)
  for (let tries = 0; graph.values.length <= wanted && tries < 8 * most; tries++) {
    const from = dice.chance(0.75) ? (graph.values.at(-1) as Shaped) : dice.pick(graph.values)
    const made = dice.pick(growths)(graph, from)
    if (made) graph.values.push(made)
  }
  return graph
}

/** Whether a shape is one that graphs go on with. */
export function isUsual(shape: readonly number[]): boolean {
  return (
    shape.length > 0 && shape.length <= 5 && shape.every((size) => size > 0) && sizeOf(shape) <= MOST_ELEMENTS
  )
}
