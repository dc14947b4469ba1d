/** What a weight is for, also where it is stored in 8 bits and decoded first. */
import type { Node, Value } from '../ir'

/** A weight's axes as a layer reads them. */
export interface WeightUse {
  /** The node that multiplies with it. */
  readonly node: Node
  readonly outputs: number
  readonly taps: number
  readonly channels: number
  /** Position in the weight of an element. */
  index(output: number, tap: number, channel: number): number
}

/** Operations through which a weight passes element by element. */
const DECODERS = new Set(['DequantizeLinear', 'Cast', 'Mul', 'Identity'])
/** Positions at which operations read a weight. */
const READERS: Readonly<Record<string, number>> = {
  Conv: 1,
  ConvInteger: 1,
  Gemm: 1,
  MatMul: 1,
  MatMulInteger: 1,
  QLinearConv: 3,
  QLinearMatMul: 3,
}

/** How the first layer that reads a weight does it; undefined where none does, or in another way. */
export function weightUse(weight: Value, shape: readonly number[]): WeightUse | undefined {
  for (const { node, index } of weight.uses) {
    if (READERS[node.opType] === index) return describe(node, shape)
    const output = node.outputs[0]
    if (index === 0 && DECODERS.has(node.opType) && output) {
      const found = weightUse(output, shape)
      if (found) return found
    }
  }
  return undefined
}

function describe(node: Node, shape: readonly number[]): WeightUse | undefined {
  if (node.is('Conv', 'ConvInteger', 'QLinearConv')) return convolution(node, shape)
  const [first = 0, second = 0] = shape
  if (shape.length !== 2) return undefined
  const isTransposed = node.int('transB', 0) !== 0
  const [outputs, channels] = isTransposed ? [first, second] : [second, first]
  const index = (output: number, _: number, channel: number) =>
    isTransposed ? output * channels + channel : channel * outputs + output
  return { node, outputs, taps: 1, channels, index }
}

function convolution(node: Node, [outputs = 0, channels = 0, ...kernel]: readonly number[]): WeightUse {
  const taps = kernel.reduce((product, size) => product * size, 1)
  const index = (output: number, tap: number, channel: number) => (output * channels + channel) * taps + tap
  return { node, outputs, taps, channels, index }
}
