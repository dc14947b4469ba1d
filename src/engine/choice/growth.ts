/** Keeps weights in faster but larger forms from taking more memory than a plan may. */
import type { Tensor } from '../../ir'
import type { Step } from '../plan/step'

/** What weights may grow by, as a share of what they take in the file. */
const MOST_GROWTH = 0.2

/** The candidate that a step would have, and the one that it gets when memory is short. */
export interface Wish {
  readonly wanted: number
  /** One that takes no more memory than the dense kernel's weights. */
  readonly modest: number
  /** What the one takes more than the other. */
  readonly bytes: number
  /** What it is faster by. */
  readonly seconds: number
}

/** Bytes that the constants of some steps may grow by. */
export function growthOf(steps: readonly Step[]): number {
  const tensors = new Set<Tensor>()
  for (const { inputs } of steps)
    for (const { root } of inputs) if (root.constant) tensors.add(root.constant.tensor)
  return MOST_GROWTH * [...tensors].reduce((sum, { byteLength }) => sum + byteLength, 0)
}

/** The candidate of each step: those that save the most time a byte come first, as long as bytes are left. */
export function within(bytes: number, wishes: readonly Wish[]): number[] {
  const chosen = wishes.map(({ modest }) => modest)
  const worths = wishes.map(worth)
  const order = [...wishes.keys()].sort((a, b) => descending(worths[a] ?? 0, worths[b] ?? 0))
  let left = bytes
  for (const index of order) {
    const wish = wishes[index] as Wish
    if (wish.bytes > left) continue
    left -= Math.max(wish.bytes, 0)
    chosen[index] = wish.wanted
  }
  return chosen
}

/** Seconds saved by a byte; infinitely many where it costs none. */
function worth({ bytes, seconds }: Wish): number {
  return bytes > 0 ? seconds / bytes : Number.POSITIVE_INFINITY
}

/** Of numbers that may be infinite. */
function descending(a: number, b: number): number {
  return a === b ? 0 : b - a
}
