/** Shared by the tests of this room: seeded data, and histograms made the slow way. */
import { GrowingHistogram, type Histogram } from '../../src/calibrate/histogram'
import type { Observation } from '../../src/calibrate/observation'

/** Uniform numbers from 0 to 1 (mulberry32). */
export function uniform(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function normals(seed: number, count: number, scale = 1): Float32Array {
  const next = uniform(seed)
  const one = () => Math.sqrt(-2 * Math.log(next() + 1e-12)) * Math.cos(2 * Math.PI * next())
  return Float32Array.from({ length: count }, () => one() * scale)
}

/** The grid of a growing histogram, filled element by element. */
export function histogramOf(elements: Iterable<number>): Histogram {
  const all = [...elements].filter(Number.isFinite)
  const grid = new GrowingHistogram()
  if (all.length > 0)
    grid.cover(
      all.reduce((a, b) => Math.min(a, b)),
      all.reduce((a, b) => Math.max(a, b)),
    )
  const { width } = grid.toHistogram()
  const origin = Math.round(-grid.min / width)
  for (const x of all) grid.counts[Math.floor(x / width) + origin]! += 1
  return grid.toHistogram()
}

/** What an observer that saw these elements as one sample would say. */
export function observationOf(elements: Float32Array): Observation {
  const finite = [...elements].filter(Number.isFinite)
  const min = finite.length > 0 ? finite.reduce((a, b) => Math.min(a, b)) : 0
  const max = finite.length > 0 ? finite.reduce((a, b) => Math.max(a, b)) : 0
  return {
    value: 'x',
    elements: elements.length,
    nonFinite: elements.length - finite.length,
    min,
    max,
    averageMin: min,
    averageMax: max,
    histogram: histogramOf(elements),
  }
}
