/** The range that keeps most of the distribution's information. */
import type { Histogram } from './histogram'
import { searchRange } from './searchRange'
import type { Range } from './statistics'

/** What Q has, in elements, where P has only what was clipped onto it; with nothing the divergence would be infinite. */
const SMOOTHING = 1e-4

const SEARCH = { octaves: 5, steps: 4, refinements: 5 }

/**
 * The range of least Kullback-Leibler divergence KL(P‖Q), after Migacz 2017, "8-bit Inference with TensorRT":
 * - P is the histogram within the range, what lies outside added to the first and last bin;
 * - Q is the histogram within the range, without what lies outside, cut into `levels` stretches of bins; each stretch's
 *   mass is spread evenly over those of its bins that P has elements in.
 *
 * There the range is [−t, t] or [0, t]; here both ends are free, so that activations such as those of HardSwish do not
 * waste levels. Ranges of fewer bins than levels are not tried: they would look perfect for want of resolution. Exact
 * zeros (ReLU, padding) cost nothing at any scale, so what the bin of 0 has beyond its neighbors is left out.
 *
 * With sums of c, c·log c and "c > 0" up to each bin, a candidate costs one step per level instead of one per bin.
 *
 * @param full the range to shrink, in bins from 0; holds 0 and is not empty
 */
export function entropyRange(histogram: Histogram, full: Range, levels: number): Range {
  const divergence = new Divergence(withoutZeros(histogram), levels)
  return searchRange(full, (min, max) => divergence.of(Math.floor(min), Math.floor(max) + 1), SEARCH)
}

/** As {@link entropyRange} for [−t, t], over the histogram of magnitudes. */
export function symmetricEntropyRange(histogram: Histogram, full: Range, levels: number): Range {
  const reach = Math.max(-full.min, full.max)
  const { max } = entropyRange(magnitudes(histogram), { min: 0, max: reach }, Math.floor(levels / 2))
  return { min: -max, max }
}

/** Counts of |x|. 0 is a bin boundary, so bins fall onto bins. */
export function magnitudes({ width, start, counts }: Histogram): Histogram {
  const folded = new Float64Array(Math.max(-start, start + counts.length))
  for (const [index, count] of counts.entries()) {
    const bin = start + index
    const at = bin < 0 ? -bin - 1 : bin
    folded[at] = (folded[at] ?? 0) + count
  }
  return { width, start: 0, counts: folded }
}

function withoutZeros(histogram: Histogram): Histogram {
  const zero = -histogram.start
  const counts = histogram.counts.slice()
  const neighbors = Math.max(counts[zero - 1] ?? 0, counts[zero + 1] ?? 0)
  if (zero >= 0 && zero < counts.length && neighbors > 0)
    counts[zero] = Math.min(counts[zero] ?? 0, neighbors)
  return { ...histogram, counts }
}

/** KL(P‖Q) of candidate ranges of one histogram. */
export class Divergence {
  private readonly start: number
  private readonly counts: Float64Array
  private readonly mass: Float64Array
  private readonly logs: Float64Array
  private readonly filled: Float64Array

  constructor(
    { start, counts }: Histogram,
    private readonly levels: number,
  ) {
    this.start = start
    this.counts = counts
    this.mass = cumulate(counts, (count) => count)
    this.logs = cumulate(counts, timesLog)
    this.filled = cumulate(counts, (count) => (count > 0 ? 1 : 0))
  }

  /** @param from,to the candidate's first bin and the one after its last, counted from 0 */
  of(from: number, to: number): number {
    const first = Math.max(0, from - this.start)
    const last = Math.min(this.counts.length, to - this.start)
    const all = this.mass[this.counts.length] ?? 0
    const kept = difference(this.mass, first, last)
    const isFull = first === 0 && last === this.counts.length
    if (kept === 0 || (last - first < this.levels && !isFull)) return Number.POSITIVE_INFINITY
    return this.sum(first, last) / all + Math.log(kept / all)
  }

  /** Σ P·log P − Σ P·log Q, in elements rather than shares. */
  private sum(first: number, last: number): number {
    const below = this.mass[first] ?? 0
    const above = (this.mass[this.counts.length] ?? 0) - (this.mass[last] ?? 0)
    let result = difference(this.logs, first, last) + this.gained(first, below) + this.gained(last - 1, above)
    for (let level = 0; level < this.levels; level++) {
      const from = first + Math.floor((level * (last - first)) / this.levels)
      const to = first + Math.floor(((level + 1) * (last - first)) / this.levels)
      if (to > from) result -= this.cross(from, to, from === first ? below : 0, to === last ? above : 0)
    }
    return result
  }

  /** What P·log P of an end bin gains by what lies outside. */
  private gained(bin: number, outside: number): number {
    const count = this.counts[bin] ?? 0
    return timesLog(count + outside) - timesLog(count)
  }

  /** Σ P·log Q over one level, where Q is the same in every bin that P has. */
  private cross(from: number, to: number, below: number, above: number): number {
    const mass = difference(this.mass, from, to)
    const reference = mass + below + above
    if (reference === 0) return 0
    let bins = difference(this.filled, from, to)
    if (below > 0 && this.counts[from] === 0) bins++
    if (above > 0 && this.counts[to - 1] === 0 && !(below > 0 && to - 1 === from)) bins++
    return reference * Math.log(Math.max(mass, SMOOTHING) / bins)
  }
}

function cumulate(counts: Float64Array, of: (count: number) => number): Float64Array {
  const sums = new Float64Array(counts.length + 1)
  for (const [index, count] of counts.entries()) sums[index + 1] = (sums[index] ?? 0) + of(count)
  return sums
}

function difference(sums: Float64Array, from: number, to: number): number {
  return (sums[to] ?? 0) - (sums[from] ?? 0)
}

function timesLog(count: number): number {
  return count > 0 ? count * Math.log(count) : 0
}
