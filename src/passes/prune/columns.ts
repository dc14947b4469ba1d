/**
 * Columns of weight matrices in the order in which patterns lie: by kernel position first, then by input channel, as in
 * [K, R, S, C]. ONNX has the channels outside, [K, C, R, S].
 */
import type { GramMatrix } from '../../calibrate/gramRequest'
import { centeredGram } from '../../native'
import type { MatrixShape } from '../layer/weightMatrix'

/** The ONNX column that comes at each place; undefined where both orders are the same. */
export function channelsInnermost({ channels, taps, columns }: MatrixShape): Int32Array | undefined {
  if (taps === 1 || channels === 1) return undefined
  return Int32Array.from(
    { length: columns },
    (_, place) => (place % channels) * taps + Math.floor(place / channels),
  )
}

/** The columns of [rows, order.length] in another order. */
export function reordered<T extends Float32Array | Uint8Array>(matrix: T, order: Int32Array | undefined): T {
  return order ? moved(matrix, order, (place, column) => [place, column]) : matrix
}

/** Takes {@link reordered} back. */
export function restored<T extends Float32Array | Uint8Array>(matrix: T, order: Int32Array | undefined): T {
  return order ? moved(matrix, order, (place, column) => [column, place]) : matrix
}

function moved<T extends Float32Array | Uint8Array>(
  matrix: T,
  order: Int32Array,
  between: (place: number, column: number) => [to: number, from: number],
): T {
  const result = new (matrix.constructor as new (length: number) => T)(matrix.length)
  const pairs = Array.from(order, (column, place) => between(place, column))
  for (let start = 0; start < matrix.length; start += order.length)
    for (const [to, from] of pairs) result[start + to] = matrix[start + from] as number
  return result
}

/** What the inputs of one group's weights are like. */
export interface Inputs {
  /** Covariance of the columns, [columns, columns]; their mean products where the mean counts as zero. */
  readonly covariance: Float64Array
  /** Means of the columns. */
  readonly means: Float64Array
}

/**
 * The columns of one group, in that order.
 * @param takesMean whether the layer's bias can make up for what the mean of a product loses. Where it cannot, the mean
 * counts as part of what varies.
 */
export function inputsOf(
  matrix: GramMatrix,
  group: number,
  order: Int32Array | undefined,
  takesMean: boolean,
): Inputs {
  const { features } = matrix
  const means = takesMean
    ? matrix.means.slice(group * features, (group + 1) * features)
    : new Float64Array(features)
  const covariance = centeredGram(
    takesMean ? matrix : { ...matrix, means: new Float64Array(matrix.means.length) },
    group,
  )
  if (!order) return { covariance, means }
  const permuted = new Float64Array(features * features)
  for (let row = 0, at = 0; row < features; row++) {
    const from = (order[row] as number) * features
    for (let column = 0; column < features; column++, at++)
      permuted[at] = covariance[from + (order[column] as number)] as number
  }
  return { covariance: permuted, means: Float64Array.from(order, (column) => means[column] as number) }
}
