/**
 * What passes may lose together. Losses add up along a chain, so each lossy pass leaves something to those behind it: the
 * k-th of n may use k/n of the drop, or of the noise, counted from the original. A pass that was given numbers of its own
 * keeps to those.
 */
import type { PassContext } from '../pass'
import type { AccuracyOptions } from './accuracyOptions'
import { type Budget, makeBudget } from './budget'

/** What is open to one pass. */
export interface Allowance {
  /** What the whole chain may lose. */
  readonly accuracy: AccuracyOptions
  /** Share of it that this pass and those before it may have used when it ends, above 0 and up to 1. */
  readonly share: number
}

/** The budget of the pass whose turn it is. @param own what the pass itself was told */
export async function budgetOf(context: PassContext, own: AccuracyOptions = {}): Promise<Budget> {
  const { accuracy, share } = context.allowance ?? { accuracy: {}, share: 1 }
  const budget = makeBudget(context.graph, { ...accuracy, ...own }, await context.runtime.originalMetric())
  const { maxDrop, minSnrDb } = budget
  return {
    ...budget,
    maxDrop: own.maxDrop ?? maxDrop * share,
    minSnrDb: own.minSnrDb ?? minSnrDb - 10 * Math.log10(share),
  }
}
