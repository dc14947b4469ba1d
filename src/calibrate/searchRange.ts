/** Finds how far to shrink the two ends of a range, each on its own. */
import type { Range } from './statistics'

/** The loss of a candidate; Infinity where it is not to be chosen. */
export type Loss = (low: number, high: number) => number

export interface SearchOptions {
  /** How often an end may be halved. */
  readonly octaves: number
  /** Candidates per halving on the coarse grid, where both ends are free. */
  readonly steps: number
  /** Halvings of the step when looking closer around the best. */
  readonly refinements: number
}

/** One free end affords a grid this much finer than two. */
const FINER = 8

/**
 * The candidate of least loss: first on a grid of end points at geometric steps from the full range inwards, then in
 * ever smaller steps around the best. An end that lies on 0 stays there. Of equals the wider range wins.
 */
export function searchRange(full: Range, loss: Loss, options: SearchOptions): Range {
  const steps = full.min < 0 && full.max > 0 ? options.steps : options.steps * FINER
  const search = new Search(full, loss)
  const factors = Array.from({ length: options.octaves * steps + 1 }, (_, index) => index / steps)
  for (const low of full.min < 0 ? factors : [0]) {
    for (const high of full.max > 0 ? factors : [0]) search.consider(low, high)
  }
  for (let step = 0.5 / steps, round = 0; round < options.refinements; round++, step /= 2)
    search.lookAround(step)
  return search.best
}

class Search {
  private least = Number.POSITIVE_INFINITY
  private low = 0
  private high = 0

  constructor(
    private readonly full: Range,
    private readonly loss: Loss,
  ) {}

  get best(): Range {
    return { min: shrunk(this.full.min, this.low), max: shrunk(this.full.max, this.high) }
  }

  /** @param low how often the lower end is halved, in fractions too */
  consider(low: number, high: number): void {
    const loss = this.loss(shrunk(this.full.min, low), shrunk(this.full.max, high))
    if (!(loss < this.least)) return
    this.least = loss
    this.low = low
    this.high = high
  }

  lookAround(step: number): void {
    const { low, high } = this
    const lows = this.full.min < 0 ? [low - step, low, low + step] : [0]
    const highs = this.full.max > 0 ? [high - step, high, high + step] : [0]
    for (const each of lows) for (const other of highs) this.consider(Math.max(0, each), Math.max(0, other))
  }
}

function shrunk(end: number, halvings: number): number {
  return end === 0 ? 0 : end * 2 ** -halvings
}
