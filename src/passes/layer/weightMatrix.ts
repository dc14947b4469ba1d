/**
 * Weights of all kinds of layers as matrices [outputs, features], one for each group, as the Gram matrices of their
 * inputs see them:
 *
 *     Gemm, MatMul    [features, outputs] or its transpose      features are input channels
 *     Conv            [outputs, channels, ...kernel]            features are (channel, kernel position)
 *     ConvTranspose   [channels, outputs / groups, ...kernel]   features are channels, rows (output, kernel position)
 */
import type { Tensor } from '../../ir'
import type { Layer } from './layer'

/** The sizes of a weight as matrices, one after the other: [groups, rows, columns]. */
export interface MatrixShape {
  readonly groups: number
  /** Of one group. */
  readonly rows: number
  /** Features of one group: channels · taps. */
  readonly columns: number
  /** Input channels of one group. */
  readonly channels: number
  /** Kernel positions among the columns: 1 unless the layer is a convolution. */
  readonly taps: number
}

/** A layer's weight as [groups, rows, columns]. */
export interface WeightMatrix extends MatrixShape {
  readonly values: Float32Array
}

type Elements = Float32Array | Int8Array

/** The weight, loaded; `values` is the tensor's own array where it lies so already. */
export async function weightMatrix(layer: Layer): Promise<WeightMatrix> {
  const tensor = layer.weight.constant as Tensor
  return { values: toMatrix(layer, (await tensor.load()) as Float32Array), ...matrixShape(layer) }
}

export function matrixShape(layer: Layer): MatrixShape {
  const shape = layer.weight.constant?.shape ?? []
  const [first = 0, second = 0, ...kernel] = shape
  const taps = kernel.reduce((product, size) => product * size, 1)
  if (isMatrix(layer)) {
    const columns = shape[1 - layer.channelAxis] ?? 0
    return { groups: 1, rows: shape[layer.channelAxis] ?? 0, columns, channels: columns, taps: 1 }
  }
  const groups = layer.node.int('group', 1)
  if (layer.kind === 'conv')
    return { groups, rows: first / groups, columns: second * taps, channels: second, taps }
  const channels = first / groups
  return { groups, rows: second * taps, columns: channels, channels, taps: 1 }
}

/** A layer's weight as [groups, rows, columns]; the same array where it lies so already. */
export function toMatrix<T extends Elements>(layer: Layer, weight: T): T {
  const { groups, rows, columns } = matrixShape(layer)
  return isRowMajor(layer) ? weight : eachTransposed(weight, groups, columns, rows)
}

/**
 * From [groups, rows, columns] to how the layer stores it; the same array where it lies so already.
 * @param shape the layer's own if left out
 */
export function fromMatrix<T extends Elements>(
  layer: Layer,
  matrix: T,
  { groups, rows, columns }: Pick<MatrixShape, 'groups' | 'rows' | 'columns'> = matrixShape(layer),
): T {
  return isRowMajor(layer) ? matrix : eachTransposed(matrix, groups, rows, columns)
}

function isMatrix({ kind }: Layer): boolean {
  return kind === 'gemm' || kind === 'matmul'
}

function isRowMajor(layer: Layer): boolean {
  return layer.kind === 'conv' || (isMatrix(layer) && layer.channelAxis === 0)
}

function eachTransposed<T extends Elements>(matrices: T, count: number, rows: number, columns: number): T {
  if (count === 1) return transposed(matrices, rows, columns)
  const result = new (matrices.constructor as new (length: number) => T)(matrices.length)
  for (let start = 0; start < matrices.length; start += rows * columns)
    result.set(transposed(matrices.subarray(start, start + rows * columns) as T, rows, columns), start)
  return result
}

/** [rows, columns] to [columns, rows]. */
export function transposed<T extends Elements>(matrix: T, rows: number, columns: number): T {
  const result = new (matrix.constructor as new (length: number) => T)(matrix.length)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = matrix[row * columns + column] ?? 0
  }
  return result
}
