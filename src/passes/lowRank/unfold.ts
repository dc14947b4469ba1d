/**
 * A convolution's weight seen as the matrix that a first, smaller kernel is found from. A kernel's positions are split into
 * (i, j): the first stage keeps i, the second j, so that a column of it is (input channel, i) and a row (output, j):
 *
 *     spatial  i = rows of the kernel, j = its columns
 *     tucker   no i, j = all positions
 *
 * What the first stage meets at each j counts alike: its covariance is the mean over j.
 */
import type { FirstStage } from './fit'
import type { Weighing } from './principal'
import type { Problem } from './problem'

/** Lengths of i and j; their product is the number of kernel positions, j fastest. */
export interface Split {
  readonly kept: number
  readonly left: number
}

export function unfold({ weights, rows, columns, covariance, sizes }: Problem, split: Split): Weighing {
  const { kept, left } = split
  const width = sizes.inputs * kept
  const matrix = new Float64Array(weights.length)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      matrix[(row * left + (column % left)) * width + Math.floor(column / left)] = weights[
        row * columns + column
      ] as number
  }
  return {
    matrix,
    rows: rows * left,
    columns: width,
    covariance: covariance && meanOverLeft(covariance, width, left),
  }
}

/** C'[a, b] = mean over j of C[a·left + j, b·left + j] */
function meanOverLeft(covariance: Float64Array, width: number, left: number): Float64Array {
  const columns = width * left
  const mean = new Float64Array(width * width)
  for (let a = 0, at = 0; a < width; a++) {
    for (let b = 0; b < width; b++, at++) {
      let sum = 0
      for (let j = 0; j < left; j++) sum += covariance[(a * left + j) * columns + b * left + j] as number
      mean[at] = sum / left
    }
  }
  return mean
}

/** What a first stage [rank, channels · kept] does to the whole of a layer's inputs: features are (rank, j). */
export function unrolled(before: Float64Array, rank: number, { left }: Split): FirstStage {
  const width = before.length / rank
  const columns = width * left
  const stage = new Float64Array(rank * left * columns)
  for (let a = 0; a < rank; a++) {
    for (let b = 0; b < width; b++) {
      for (let j = 0; j < left; j++)
        stage[(a * left + j) * columns + b * left + j] = before[a * width + b] as number
    }
  }
  return { stage, features: rank * left }
}
