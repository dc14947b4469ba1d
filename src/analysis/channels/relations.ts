/** What nodes can say about channels. */
import type { Node } from '../../ir'
import type { Place } from './place'

/** Channel `from[k]` of one place is channel `to[k]` of the other: they go together. All in order where left out. */
export interface Link {
  readonly a: Place
  readonly b: Place
  readonly from?: Int32Array
  readonly to?: Int32Array
  /** Only the size of one is used for the other; the elements are not. */
  readonly isSize?: boolean
}

/** An axis that is laid out as several, outermost first: channel = (i₀ · size₁ + i₁) · size₂ + i₂. */
export interface Block {
  readonly flat: Place
  readonly factors: readonly Place[]
  /** Where this is said; for reasons. */
  readonly node: Node
}

/** Why channels stay: all of a place, or some. */
export interface Pin {
  readonly place: Place
  readonly reason: string
  readonly channels?: readonly number[]
}

/**
 * Channels that are summed over, so that they may only go where they are zero, or what they are multiplied with is:
 * `partner`, whose weights do not count, since they are sliced and not zeroed.
 */
export interface Sum {
  readonly place: Place
  readonly partner?: Place | undefined
  /** Only where this place loses channels too. */
  readonly along?: Place | undefined
  /** Whether channels that hold the same number everywhere may go too, since a bias can take over what they add. */
  readonly takesNumbers?: boolean
}

/**
 * What an output holds in channels whose weights are all set to zero:
 * - `covering`: what all inputs that have the channel hold
 * - `zero`: zero where they hold zero, else something else
 * - `padded`: as `zero`, and zero in channels that no input has
 * - `made`: zero, by weights of the node itself
 * - `lost`: who knows
 * - or a function of what the inputs `of` hold, NaN standing for who knows; infinite where it is not defined
 */
export type Flow = 'covering' | 'zero' | 'padded' | 'made' | 'lost' | Computed

export interface Computed {
  readonly of: readonly number[]
  readonly by: (held: readonly number[]) => number
}
