/** The range of least squared error. */

import type { Histogram } from './histogram'
import { Moments } from './moments'
import { searchRange } from './searchRange'
import type { Range } from './statistics'

const SEARCH = { octaves: 9, steps: 2, refinements: 6 }

/**
 * The range [min, max] that loses least when x becomes Δ · clamp(round(x / Δ), −z, levels − 1 − z) with
 * Δ = (max − min) / (levels − 1) and z = round(−min / Δ): rounding inside, clipping outside. The expected squared error
 * under the histogram is integrated level by level, exactly but for elements being spread evenly within a bin.
 * (Choukroun et al. 2019, "Low-bit Quantization of Neural Networks for Efficient Inference", section 3; here with both
 * ends free.) The range is returned as it will be used: its ends lie on levels, and so does 0.
 *
 * @param full the range to shrink, in bins from 0; holds 0 and is not empty
 */
export function mseRange(histogram: Histogram, full: Range, levels: number): Range {
  const moments = new Moments(histogram)
  const found = searchRange(full, (min, max) => squaredError(moments, grid(min, max, levels)), SEARCH)
  return grid(found.min, found.max, levels)
}

/** As {@link mseRange} for symmetric ranges: levels −(levels/2 − 1) … levels/2 − 1. */
export function symmetricMseRange(histogram: Histogram, full: Range, levels: number): Range {
  const moments = new Moments(histogram)
  const reach = Math.max(-full.min, full.max)
  const symmetric = (max: number): Grid => {
    const top = Math.floor(levels / 2) - 1
    return { min: -max, max, step: max / top, bottom: -top, top }
  }
  const found = searchRange({ min: 0, max: reach }, (_, max) => squaredError(moments, symmetric(max)), SEARCH)
  return symmetric(found.max)
}

/** Equally spaced levels `bottom · step` … `top · step`. */
interface Grid extends Range {
  readonly step: number
  readonly bottom: number
  readonly top: number
}

function grid(min: number, max: number, levels: number): Grid {
  const step = (max - min) / (levels - 1)
  const zero = Math.min(levels - 1, Math.max(0, Math.round(-min / step)))
  return { min: -zero * step, max: (levels - 1 - zero) * step, step, bottom: -zero, top: levels - 1 - zero }
}

/** Sum of (x − nearest level)² over all elements. */
function squaredError(moments: Moments, { step, bottom, top }: Grid): number {
  let error = 0
  let count = 0
  let sum = 0
  let squares = 0
  for (let level = bottom; level <= top; level++) {
    moments.seek(level === top ? moments.end : (level + 0.5) * step)
    const value = level * step
    error +=
      moments.squares - squares - 2 * value * (moments.sum - sum) + value * value * (moments.count - count)
    count = moments.count
    sum = moments.sum
    squares = moments.squares
  }
  return error
}
