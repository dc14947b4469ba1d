/** What a layer's outputs lose. */
import { innerProduct } from './matrix'
import { type Problem, weighted } from './problem'

/**
 * tr(Δ·C·Δᵀ) / tr(W·C·Wᵀ): the mean square of the outputs' error, as a share of their variance (their mean square where
 * no bias takes the mean).
 * @param whole what takes the place of the weights
 */
export async function relativeError(problem: Problem, whole: Float64Array): Promise<number> {
  const { weights } = problem
  const difference = weights.map((weight, at) => weight - (whole[at] as number))
  const signal = innerProduct(await weighted(problem, weights), weights)
  const noise = innerProduct(await weighted(problem, difference), difference)
  return signal > 0 ? Math.max(0, noise) / signal : 0
}
