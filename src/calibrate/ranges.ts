/** From what was observed of a value to the range that its quantized form must cover. */
import { badArgument } from '../errors'
import { entropyRange, magnitudes, symmetricEntropyRange } from './entropyRange'
import { Moments } from './moments'
import { mseRange, symmetricMseRange } from './mseRange'
import type { Observation } from './observation'
import type { Range, RangeMethod, RangeOptions } from './statistics'

const METHODS: readonly RangeMethod[] = ['minMax', 'movingAverage', 'percentile', 'entropy', 'mse']

/**
 * The range of a value. It always holds 0, which padding and ReLU need to be exact, and is never empty: of a value that
 * was always 0, or never seen, it is [0, 1] ([−1, 1] if symmetric), in which 0 is exact and scales are ordinary.
 *
 * - `minMax`: all elements.
 * - `movingAverage`: from the average of the samples' smallest elements to the average of their largest.
 * - `percentile`: all but a share of `1 − percentile` of the elements: the largest, the smallest, or half of each where
 *   there are both positive and negative ones (McKinstry et al. 2018, "Discovering Low-Precision Networks ...").
 * - `entropy`: see {@link entropyRange}. `mse`: see {@link mseRange}.
 *
 * @throws OnnxpressError `BAD_ARGUMENT` for options out of range.
 */
export function computeRange(observation: Observation, options: RangeOptions): Range {
  const { method, percentile = 0.9999, levels = 256, symmetric = false } = options
  checkOptions(method, percentile, levels)
  const range = bare(observation, { method, percentile, levels, symmetric })
  return valid(symmetric ? mirrored(range) : range, symmetric)
}

function bare(observation: Observation, options: Required<RangeOptions>): Range {
  const { min, max, averageMin, averageMax } = observation
  const full = { min: Math.min(0, min), max: Math.max(0, max) }
  if (options.method === 'minMax' || full.min === full.max) return full
  if (options.method === 'movingAverage')
    return { min: Math.min(0, averageMin), max: Math.max(0, averageMax) }
  const { width } = observation.histogram
  const found = inBins(observation, { min: full.min / width, max: full.max / width }, options)
  return { min: found.min * width, max: found.max * width }
}

/** The methods that read the histogram; positions are in bins from 0. */
function inBins(
  { histogram }: Observation,
  full: Range,
  { method, percentile, levels, symmetric }: Required<RangeOptions>,
): Range {
  if (method === 'mse') return (symmetric ? symmetricMseRange : mseRange)(histogram, full, levels)
  if (method === 'entropy')
    return clamped(
      (symmetric ? symmetricEntropyRange : entropyRange)(histogram, full, levels),
      full,
      symmetric,
    )
  if (symmetric)
    return clamped({ min: 0, max: new Moments(magnitudes(histogram)).quantile(percentile) }, full, symmetric)
  return clamped(percentileRange(new Moments(histogram), full, percentile), full, symmetric)
}

function percentileRange(moments: Moments, full: Range, percentile: number): Range {
  const tail = full.min < 0 && full.max > 0 ? (1 - percentile) / 2 : 1 - percentile
  return {
    min: full.min < 0 ? Math.min(0, moments.quantile(tail)) : 0,
    max: full.max > 0 ? Math.max(0, moments.quantile(1 - tail)) : 0,
  }
}

/** Bins reach a little further than the elements in them. */
function clamped(range: Range, full: Range, symmetric: boolean): Range {
  const within = symmetric ? mirrored(full) : full
  return { min: Math.max(range.min, within.min), max: Math.min(range.max, within.max) }
}

function mirrored({ min, max }: Range): Range {
  const reach = Math.max(-min, max)
  return { min: -reach, max: reach }
}

function valid({ min, max }: Range, symmetric: boolean): Range {
  if (max > min) return { min: min === 0 ? 0 : min, max }
  return { min: symmetric ? -1 : 0, max: 1 }
}

function checkOptions(method: RangeMethod, percentile: number, levels: number): void {
  if (!METHODS.includes(method)) throw badArgument(`a method of ${METHODS.join(', ')}`, 'range', method)
  if (!(percentile > 0 && percentile <= 1))
    throw badArgument('percentile above 0 and up to 1', 'range', percentile)
  if (!Number.isSafeInteger(levels) || levels < 4 || levels > 65536) {
    throw badArgument('levels from 4 to 65536', 'range', levels)
  }
}
