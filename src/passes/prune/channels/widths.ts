/** To which widths a family can be narrowed. */
import type { Family } from '../../../analysis/channels'
import type { Groups } from './groups'

export interface Widths {
  readonly family: Family
  /** Channels of the root's output, in all and of this family. */
  readonly all: number
  readonly own: number
  /** How many groups may be left, largest first; the first is all of them. */
  readonly steps: readonly number[]
}

/**
 * Widths of families that keep the outputs of their root a multiple of so many channels. Where several families share
 * an output, such as the halves of a Split, each keeps to multiples by itself.
 */
export function widthsOf({ families }: Groups, multipleOf: number): Widths[] {
  const sharing = new Map<unknown, number>()
  for (const { place } of families) sharing.set(place, (sharing.get(place) ?? 0) + 1)
  return families.map((family) => {
    const { place, groups, perGroup } = family
    const own = groups.length * perGroup
    const all = place.size ?? own
    const rest = sharing.get(place) === 1 ? all - own : 0
    const isAllowed = (left: number) => (left * perGroup + rest) % multipleOf === 0
    const fewer = Array.from({ length: groups.length - 1 }, (_, at) => groups.length - 1 - at).filter(
      isAllowed,
    )
    return { family, all, own, steps: [groups.length, ...fewer] }
  })
}

/** The step closest to a number of groups; of two as close, the wider. */
export function nearestStep({ steps }: Widths, wanted: number): number {
  return steps.reduce((best, step) => (Math.abs(step - wanted) < Math.abs(best - wanted) ? step : best))
}
