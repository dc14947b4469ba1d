/** What all rules share. */
import type { Place } from '../place'
import type { Sketch } from '../sketch'

/**
 * Draws what a node of one operator says about channels. What it does not mention stays whole.
 * @returns why the node is not understood, or undefined when it is
 */
export type Rule = (sketch: Sketch) => string | undefined

export const UNKNOWN_RANK = 'the number of axes of its inputs is not known'

export const UNKNOWN_SIZE = 'the size of an axis is not known'

/** An axis counted from the end becomes one counted from 0. */
export function fromStart(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis
}

/** The axes of two values are the same, one by one. */
export function sameAxes(sketch: Sketch, a: readonly Place[], b: readonly Place[] | undefined): void {
  a.forEach((place, axis) => {
    sketch.same(place, b?.[axis])
  })
}

export function sizesOf(places: readonly Place[]): (number | undefined)[] {
  return places.map((place) => place.size)
}
