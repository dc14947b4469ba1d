import { badArgument } from '../errors'

/** Sums over the rows of a layer's inputs, group by group; what calibration hands out. */
export interface GramSums {
  readonly features: number
  readonly groups: number
  readonly rows: number
  /** [groups, features, features] */
  readonly gram: Float64Array
  /** [groups, features] */
  readonly means: Float64Array
}

/**
 * Covariance of one group's features, [features, features]: `gram / rows − mean · meanᵀ`. Rounding by it leaves the
 * mean of the error to the bias, which can take it exactly: `bias − (quantized − weights) · means`.
 * @throws OnnxpressError `BAD_ARGUMENT` when there is no such group.
 */
export function centeredGram({ features, groups, rows, gram, means }: GramSums, group = 0): Float64Array {
  if (!Number.isInteger(group) || group < 0 || group >= groups)
    throw badArgument(`a group from 0 to ${groups - 1}`, 'centeredGram', group)
  const size = features * features
  const centered = gram.slice(group * size, (group + 1) * size)
  const mean = means.subarray(group * features, (group + 1) * features)
  for (let row = 0, at = 0; row < features; row++) {
    const own = mean[row] as number
    for (let column = 0; column < features; column++, at++)
      centered[at] = (centered[at] as number) / rows - own * (mean[column] as number)
  }
  return centered
}
