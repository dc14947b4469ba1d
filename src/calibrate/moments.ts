/** Integrals over a histogram up to any point, so that a sum over a stretch of it costs the same however long it is. */
import type { Histogram } from './histogram'

/**
 * Count, sum and sum of squares of all elements below a point, elements of a bin being spread evenly over it.
 * Positions are in bins from 0: the real number divided by the bins' width.
 */
export class Moments {
  /** Position of the first bin's lower edge. */
  readonly start: number
  /** Position of the last bin's upper edge. */
  readonly end: number
  /** What {@link seek} found. Fields and not a result: it is called by the millions. */
  count = 0
  sum = 0
  squares = 0
  private readonly bins: Float64Array
  private readonly counts: Float64Array
  private readonly sums: Float64Array
  private readonly squaresUpTo: Float64Array

  constructor({ start, counts }: Histogram) {
    this.start = start
    this.end = start + counts.length
    this.bins = counts
    this.counts = cumulate(counts, () => 1)
    this.sums = cumulate(counts, (bin) => start + bin + 1 / 2)
    this.squaresUpTo = cumulate(counts, (bin) => (start + bin) * (start + bin + 1) + 1 / 3)
  }

  /** All elements. */
  get total(): number {
    return at(this.counts, this.bins.length)
  }

  /** Sets `count`, `sum` and `squares` to those of the elements below `position`. */
  seek(position: number): void {
    const inside = Math.min(Math.max(position, this.start), this.end)
    const index = Math.floor(inside) - this.start
    const left = this.start + index
    const part = inside - left
    const density = at(this.bins, index)
    this.count = at(this.counts, index) + density * part
    this.sum = at(this.sums, index) + density * part * (left + part / 2)
    this.squares = at(this.squaresUpTo, index) + density * part * (left * (left + part) + (part * part) / 3)
  }

  /** The position below which that share of all elements lies. */
  quantile(share: number): number {
    const wanted = share * this.total
    const index = firstReaching(this.counts, wanted)
    const count = at(this.bins, index - 1)
    const missing = at(this.counts, index) - wanted
    return this.start + index - (count > 0 ? missing / count : 0)
  }
}

/** Sums of count · mean(bin) over the bins before each one. */
function cumulate(counts: Float64Array, mean: (bin: number) => number): Float64Array {
  const sums = new Float64Array(counts.length + 1)
  for (let bin = 0; bin < counts.length; bin++) sums[bin + 1] = at(sums, bin) + at(counts, bin) * mean(bin)
  return sums
}

/** The first index from 1 on at which rising numbers reach `wanted`. */
function firstReaching(rising: Float64Array, wanted: number): number {
  let low = 1
  let high = rising.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (at(rising, middle) >= wanted) high = middle
    else low = middle + 1
  }
  return low
}

/** 0 past the end, where there are no elements. */
function at(array: Float64Array, index: number): number {
  return index < array.length ? (array[index] as number) : 0
}
