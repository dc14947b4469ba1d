/** Counts of values in equal bins. cpp/histogram/histogram.h is the contract. */
import { types } from 'node:util'
import { badArgument } from '../errors'
import { addon } from './addon'
import { requireFloat32, requirePinned, settled } from './arguments'

const mostBins = 2 ** 20

/**
 * Adds to `counts` how many elements of `x` fall into each of its `counts.length` equal bins over [`min`, `max`], both
 * rounded to float32 first. Elements outside go to the end bins; NaN and infinities are left out and counted in the
 * result. Exact and the same on every processor: `bin = trunc(clamp((x - min) * (bins / (max - min))))` in float32.
 * `counts` is changed when the promise settles, in one go; calls on the same `counts` may overlap.
 * @param counts 1 to 2^20 bins
 * @throws {OnnxpressError} `BAD_ARGUMENT`
 */
export async function histogram(
  x: Float32Array,
  counts: Float64Array,
  min: number,
  max: number,
): Promise<{ nonFinite: number }> {
  requireFloat32(x, 'x of histogram')
  requireCounts(counts)
  const [from, to] = requireRange(min, max)
  const added = new Float64Array(counts.length)
  const nonFinite = new Float64Array(1)
  await settled(addon().histogram(x, from, to, added, nonFinite), 'histogram')
  for (let bin = 0; bin < added.length; bin++) counts[bin] = (counts[bin] ?? 0) + (added[bin] ?? 0)
  return { nonFinite: nonFinite[0] ?? 0 }
}

function requireCounts(counts: Float64Array): void {
  if (!types.isFloat64Array(counts)) throw badArgument('a Float64Array', 'counts of histogram', counts)
  requirePinned(counts, 'counts of histogram')
  if (counts.length < 1 || counts.length > mostBins) {
    throw badArgument(`1 to ${mostBins} bins`, 'counts of histogram', counts.length)
  }
}

function requireRange(min: number, max: number): [number, number] {
  for (const [name, value] of Object.entries({ min, max })) {
    if (typeof value !== 'number' || !Number.isFinite(Math.fround(value))) {
      throw badArgument('a finite float32', `${name} of histogram`, value)
    }
  }
  const from = Math.fround(min)
  const to = Math.fround(max)
  if (!(from < to)) throw badArgument(`a float32 above min (${from})`, 'max of histogram', to)
  return [from, to]
}
