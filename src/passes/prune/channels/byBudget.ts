/**
 * One share of the whole model: step by step, the family goes one width down that loses the least importance for what
 * that saves. What a step saves is worked out anew each time, since layers share their widths.
 */
import { badArgument } from '../../../errors'
import { byImportance } from './byRatio'
import type { Costs } from './costs'
import type { Groups } from './groups'
import type { Budget } from './options'
import type { Widths } from './widths'

/** A family on its way down. */
interface Descent {
  /** Groups in the order in which they go. */
  readonly ordered: readonly number[]
  readonly steps: readonly number[]
  /** Which of `steps` the family is at. */
  at: number
}

/**
 * Removes groups until at least that share of the costs is gone.
 * @throws OnnxpressError `BAD_ARGUMENT` when even the narrowest widths cost more.
 */
export function selectByBudget(
  groups: Groups,
  widths: readonly Widths[],
  importance: Float64Array,
  { costs, budget: { of, share } }: { readonly costs: Costs; readonly budget: Budget },
): void {
  const descents = widths.map(
    ({ family, steps }): Descent => ({ ordered: byImportance(family.groups, importance), steps, at: 0 }),
  )
  const before = costs.total
  for (let left = before; left > before * (1 - share); ) {
    const next = bestStep(groups, descents, importance, costs)
    if (!next) {
      const most = Math.floor(1000 * (1 - left / before)) / 1000
      throw badArgument(
        `${of} of at most ${most}, which is what channels can save here`,
        'prune.channels',
        share,
      )
    }
    groups.remove(next.groups)
    next.descent.at++
    left -= next.saved
  }
}

interface Step {
  readonly descent: Descent
  readonly groups: readonly number[]
  readonly saved: number
}

function bestStep(
  groups: Groups,
  descents: readonly Descent[],
  importance: Float64Array,
  costs: Costs,
): Step | undefined {
  let best: (Step & { readonly price: number }) | undefined
  for (const descent of descents) {
    const step = groupsOfStep(descent)
    if (!step || !groups.canRemove(step)) continue
    const saved = costs.saving(step)
    const price = step.reduce((sum, group) => sum + (importance[group] as number), 0) / saved
    if (saved > 0 && (!best || price < best.price)) best = { descent, groups: step, saved, price }
  }
  return best
}

/** The groups that go with the next step down; undefined at the last one. */
function groupsOfStep({ ordered, steps, at }: Descent): readonly number[] | undefined {
  const [now, next] = [steps[at] as number, steps[at + 1]]
  return next === undefined ? undefined : ordered.slice(ordered.length - now, ordered.length - next)
}
