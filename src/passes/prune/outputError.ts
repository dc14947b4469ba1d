/**
 * What a change of weights does to a layer's outputs, from the covariance C and the means m of its inputs: with
 * Δ = W − Ŵ the mean square of the error is tr(Δ C Δᵀ) + |Δ m|², of which the bias takes the second part once it is
 * corrected. Told as a share of the outputs' variance, tr(W C Wᵀ).
 */
import { gramNorms } from '../../native'
import type { Inputs } from './columns'

/** Sums over outputs; ratios of them are what is told. */
export interface OutputError {
  readonly variance: number
  /** With the zeros alone. */
  readonly masked: number
  /** With the weights that stay, and the biases, as they are now. */
  readonly reconstructed: number
}

/** Outputs that are looked at, spread evenly: enough for a ratio. */
const MOST_ROWS = 128

export async function outputError(
  before: Float32Array,
  after: Float32Array,
  mask: Uint8Array,
  inputs: Inputs,
): Promise<OutputError> {
  const columns = inputs.means.length
  const rows = spread(before.length / columns)
  const differences = (ofWeight: (at: number) => number) =>
    Float32Array.from({ length: rows.length * columns }, (_, index) =>
      ofWeight((rows[Math.floor(index / columns)] as number) * columns + (index % columns)),
    )
  const energyOf = async (difference: Float32Array) =>
    (await gramNorms(difference, rows.length, columns, inputs.covariance)).reduce(
      (sum, norm) => sum + norm,
      0,
    )
  const original = differences((at) => before[at] as number)
  const zeroed = differences((at) => (mask[at] ? 0 : (before[at] as number)))
  const changed = differences((at) => (before[at] as number) - (after[at] as number))
  return {
    variance: await energyOf(original),
    masked: (await energyOf(zeroed)) + squaredMeans(zeroed, inputs.means),
    reconstructed: await energyOf(changed),
  }
}

/** At most {@link MOST_ROWS} of so many rows. */
function spread(count: number): number[] {
  const step = Math.max(1, count / MOST_ROWS)
  return Array.from({ length: Math.min(count, MOST_ROWS) }, (_, index) => Math.floor(index * step))
}

/** |Δ m|² */
function squaredMeans(difference: Float32Array, means: Float64Array): number {
  const columns = means.length
  let sum = 0
  for (let start = 0; start < difference.length; start += columns) {
    let shift = 0
    for (let column = 0; column < columns; column++)
      shift += (difference[start + column] as number) * (means[column] as number)
    sum += shift * shift
  }
  return sum
}
