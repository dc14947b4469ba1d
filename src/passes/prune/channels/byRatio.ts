/** The same share of every width. */
import type { Skip } from '../../pass'
import type { Groups } from './groups'
import { nearestStep, type Widths } from './widths'

export interface RatioOptions {
  readonly ratio: number
  readonly multipleOf: number
}

/** Removes the least important groups of each family until the share is gone; says where that cannot be. */
export function selectByRatio(
  groups: Groups,
  widths: readonly Widths[],
  importance: Float64Array,
  { ratio, multipleOf }: RatioOptions,
): Skip[] {
  return widths.flatMap((width) => {
    const { family } = width
    const count = family.groups.length
    const step = nearestStep(width, count * (1 - ratio))
    const reason = whyOtherwise(width, ratio, step, multipleOf)
    const left = narrow(groups, byImportance(family.groups, importance), step, width)
    const stuck = left > step ? 'something else that reads these channels would be left with none' : undefined
    return [reason, stuck].flatMap((each) => (each ? [{ at: family.root.label, reason: each }] : []))
  })
}

/** Group numbers, the least important first. */
export function byImportance(groups: readonly number[], importance: Float64Array): number[] {
  return [...groups].sort((a, b) => (importance[a] as number) - (importance[b] as number) || a - b)
}

/**
 * Removes groups in that order, passing over those that something cannot do without, until so many are left; where that
 * ends between two steps, the last ones stay. Says how many are left.
 */
function narrow(groups: Groups, ordered: readonly number[], wanted: number, { steps }: Widths): number {
  const gone: number[] = []
  for (const group of ordered) {
    if (ordered.length - gone.length === wanted) return wanted
    if (!groups.canRemove([group])) continue
    groups.remove([group])
    gone.push(group)
  }
  const left = ordered.length - gone.length
  const step = steps.findLast((each) => each >= left) ?? ordered.length
  groups.restore(gone.slice(gone.length - (step - left)))
  return step
}

function whyOtherwise(
  { steps, own, family }: Widths,
  ratio: number,
  step: number,
  multipleOf: number,
): string | undefined {
  const wanted = family.groups.length * (1 - ratio)
  if (ratio === 0) return undefined
  if (steps.length === 1) return `there is no smaller multiple of ${multipleOf} than its ${own} channels`
  if (step === steps[0])
    return `its ${own} channels are the multiple of ${multipleOf} closest to what was asked for`
  const isAlmostNothing = wanted < (steps.at(-1) as number) / 2
  return isAlmostNothing ? `so much would empty it: ${step * family.perGroup} channels are left` : undefined
}
