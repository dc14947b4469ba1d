/**
 * The one histogram that all range methods read. Its memory is fixed and its range grows with the data: bins are a
 * power of two wide and lie on multiples of their width, so 0 is always a boundary and doubling the width merges
 * whole bins, without touching a count. What it holds in the end depends on the data alone, not on their order.
 */

/** Counts of elements; bin `i` covers [(start + i) · width, (start + i + 1) · width). */
export interface Histogram {
  readonly width: number
  readonly start: number
  readonly counts: Float64Array
}

/** Bins at hand. Widths are the smallest that fit, so between half of them and all are used. */
export const BINS = 4096

/** Elements closer to 0 than this are all the same to 8 bits. */
const NARROWEST = 2 ** -100
/** Elements beyond this are counted at the end, so that edges stay within float32. */
const FARTHEST = 2 ** 126

export class GrowingHistogram {
  readonly counts = new Float64Array(BINS)
  private width = NARROWEST
  /** Number of bins below 0. */
  private origin = BINS / 2
  private lowest = 0
  private highest = 0

  /** Lower edge of the first bin. */
  get min(): number {
    return -this.origin * this.width
  }

  /** Upper edge of the last bin. */
  get max(): number {
    return (BINS - this.origin) * this.width
  }

  /** Makes room for elements from `min` to `max`. */
  cover(min: number, max: number): void {
    this.lowest = Math.max(-FARTHEST, Math.min(this.lowest, min))
    this.highest = Math.min(FARTHEST, Math.max(this.highest, max))
    if (this.lowest >= this.min && this.highest < this.max) return
    let width = this.width
    while (this.binsBelow(width) + this.binsAbove(width) > BINS) width *= 2
    this.regrid(width, this.place(width))
  }

  /** The counts from the first bin that has any to the last. */
  toHistogram(): Histogram {
    const first = Math.max(
      0,
      this.counts.findIndex((count) => count > 0),
    )
    const last = this.counts.findLastIndex((count) => count > 0)
    return { width: this.width, start: first - this.origin, counts: this.counts.slice(first, last + 1) }
  }

  private binsBelow(width: number): number {
    return Math.ceil(-this.lowest / width)
  }

  private binsAbove(width: number): number {
    return Math.floor(this.highest / width) + 1
  }

  /** Bins to have below 0: those needed, and of the spare ones as many as the data so far suggest. */
  private place(width: number): number {
    const below = this.binsBelow(width)
    const above = this.binsAbove(width)
    return below + Math.floor(((BINS - below - above) * below) / (below + above))
  }

  private regrid(width: number, origin: number): void {
    const merged = width / this.width
    const before = this.counts.slice()
    this.counts.fill(0)
    for (const [index, count] of before.entries()) {
      const bin = Math.floor((index - this.origin) / merged) + origin
      if (count > 0) this.counts[bin] = (this.counts[bin] ?? 0) + count
    }
    this.width = width
    this.origin = origin
  }
}
