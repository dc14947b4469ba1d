/** Layers whose weight sums over channels: a matrix with a row an output and a column an input, whatever its layout. */
import type { Node, Tensor, Value } from '../../../ir'

export interface Layer {
  readonly node: Node
  /** The activations. */
  readonly input: Value
  readonly weight: Value
  readonly tensor: Tensor
  /** Axis of the activations, and of the weight, that is summed over. */
  readonly inputAxis: number
  readonly weightAxis: number
  /** Axis of the weight that counts outputs. */
  readonly outputAxis: number
  /** Elements of the kernel. */
  readonly taps: number
  /** What products are multiplied with; Gemm's alpha. */
  readonly factor: number
}

/** The layer that a node is, if its weight is a float32 constant that sums over all its input channels. */
export function layerOf(node: Node): Layer | undefined {
  const [input, weight] = [node.input(0), node.input(1)]
  const tensor = weight?.constant
  if (!input || !weight || tensor?.dataType !== 'float32' || node.domain !== '') return undefined
  const axes = axesOf(node, tensor.shape)
  if (!axes) return undefined
  const taps = tensor.shape.slice(2).reduce((all, size) => all * size, 1)
  return { node, input, weight, tensor, ...axes, taps, factor: node.is('Gemm') ? node.float('alpha', 1) : 1 }
}

type Axes = Pick<Layer, 'inputAxis' | 'weightAxis' | 'outputAxis'>

function axesOf(node: Node, shape: readonly number[]): Axes | undefined {
  const isConvolution = node.is('Conv', 'ConvTranspose')
  if (isConvolution && node.int('group', 1) !== 1) return undefined
  if (node.is('Conv')) return { inputAxis: 1, weightAxis: 1, outputAxis: 0 }
  if (node.is('ConvTranspose')) return { inputAxis: 1, weightAxis: 0, outputAxis: 1 }
  if (shape.length !== 2) return undefined
  if (node.is('MatMul')) return { inputAxis: -1, weightAxis: 0, outputAxis: 1 }
  if (!node.is('Gemm') || node.int('transA', 0) !== 0) return undefined
  return node.int('transB', 0)
    ? { inputAxis: 1, weightAxis: 1, outputAxis: 0 }
    : { inputAxis: 1, weightAxis: 0, outputAxis: 1 }
}

/** A layer's weight, one row an output and one column an input, both times the taps of a kernel where it has one. */
export interface Rows {
  readonly values: Float32Array
  readonly rows: number
  readonly columns: number
  /** Columns of one input channel: they follow each other. */
  readonly perChannel: number
}

/** Conv and Gemm with transB lie so already; the others are transposed, taps being rows for ConvTranspose. */
export async function rowsOf({ tensor, weightAxis, taps, node }: Layer): Promise<Rows> {
  const values = (await tensor.load()) as Float32Array
  const channels = tensor.shape[weightAxis] ?? 0
  if (weightAxis === 1) {
    const rows = tensor.shape[0] ?? 0
    return { values, rows, columns: channels * taps, perChannel: node.is('Conv') ? taps : 1 }
  }
  const rows = values.length / Math.max(channels, 1)
  return { values: transposed(values, channels, rows), rows, columns: channels, perChannel: 1 }
}

/** Rows as the elements of the layer's weight. */
export function fromRows(
  { weightAxis }: Layer,
  { values, rows, columns }: Omit<Rows, 'perChannel'>,
): Float32Array {
  return weightAxis === 1 ? values : transposed(values, rows, columns)
}

function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(matrix.length)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = matrix[row * columns + column] as number
  }
  return result
}
