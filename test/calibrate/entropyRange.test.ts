import { Divergence, entropyRange, magnitudes } from '../../src/calibrate/entropyRange'
import type { Histogram } from '../../src/calibrate/histogram'
import { histogramOf, normals, uniform } from './support'

/** KL(P‖Q) by writing both distributions out, bin by bin. */
function slowDivergence({ start, counts }: Histogram, from: number, to: number, levels: number): number {
  const first = Math.max(0, from - start)
  const last = Math.min(counts.length, to - start)
  const inside = [...counts.slice(first, last)]
  const p = [...inside]
  p[0]! += [...counts.slice(0, first)].reduce((a, b) => a + b, 0)
  p[p.length - 1]! += [...counts.slice(last)].reduce((a, b) => a + b, 0)
  const q = inside.map(() => 0)
  for (let level = 0; level < levels; level++) {
    const left = Math.floor((level * inside.length) / levels)
    const right = Math.floor(((level + 1) * inside.length) / levels)
    const bins = p.slice(left, right).filter((mass) => mass > 0).length
    const mass = inside.slice(left, right).reduce((a, b) => a + b, 0)
    for (let bin = left; bin < right; bin++) if (p[bin]! > 0) q[bin] = Math.max(mass, 1e-4) / bins
  }
  const totalP = p.reduce((a, b) => a + b, 0)
  const totalQ = inside.reduce((a, b) => a + b, 0)
  return p.reduce(
    (sum, mass, bin) =>
      mass > 0 ? sum + (mass / totalP) * Math.log(mass / totalP / (q[bin]! / totalQ)) : sum,
    0,
  )
}

describe('Divergence', () => {
  const histogram = histogramOf([...normals(1, 20000), ...normals(2, 60, 8)])
  const end = histogram.start + histogram.counts.length

  test.each([1, 0.8, 0.5, 0.3, 0.17])('equals the written-out sum at %d of the range', (share) => {
    const from = Math.floor(histogram.start * share)
    const to = Math.ceil(end * share * 0.9)
    const fast = new Divergence(histogram, 64).of(from, to)
    expect(fast).toBeCloseTo(slowDivergence(histogram, from, to, 64), 9)
  })

  test('equals it where something is clipped onto nothing', () => {
    const sparse = histogramOf([...normals(3, 500), 40, 41])
    const fast = new Divergence(sparse, 16).of(sparse.start, 1000)
    expect(sparse.counts[999 - sparse.start]).toBe(0)
    expect(fast).toBeCloseTo(slowDivergence(sparse, sparse.start, 1000, 16), 9)
  })

  test('refuses ranges of fewer bins than levels and ranges without elements', () => {
    const divergence = new Divergence(histogram, 256)
    expect(divergence.of(-10, 20)).toBe(Number.POSITIVE_INFINITY)
    const far = histogramOf([5, 5.1, 5.2])
    expect(new Divergence(far, 4).of(0, 100)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('entropyRange', () => {
  test('comes close to the best of all one-sided ranges', () => {
    const data = [...normals(5, 50000).map(Math.abs), ...normals(6, 50, 20).map(Math.abs)]
    const histogram = histogramOf(data)
    const end = histogram.counts.length
    const found = entropyRange(histogram, { min: 0, max: end }, 128)
    let best = Number.POSITIVE_INFINITY
    for (let to = 128; to <= end; to++) best = Math.min(best, slowDivergence(histogram, 0, to, 128))
    expect(slowDivergence(histogram, 0, Math.floor(found.max) + 1, 128)).toBeLessThan(best * 1.1 + 1e-6)
    expect(found.max).toBeLessThan(end / 2)
  })

  test('keeps all of a uniform distribution', () => {
    const next = uniform(7)
    const histogram = histogramOf(Array.from({ length: 100000 }, () => next() * 3 - 1))
    const full = { min: histogram.start, max: histogram.start + histogram.counts.length }
    const found = entropyRange(histogram, full, 256)
    expect(found.max / full.max).toBeGreaterThan(0.97)
    expect(found.min / full.min).toBeGreaterThan(0.97)
  })

  test('is not misled by exact zeros', () => {
    const data = normals(8, 40000).map(Math.abs)
    const relu = [...data, ...new Float32Array(200000)]
    const full = { min: 0, max: histogramOf(relu).counts.length }
    expect(entropyRange(histogramOf(relu), full, 256).max).toBeCloseTo(
      entropyRange(histogramOf(data), full, 256).max,
      0,
    )
  })
})

test('magnitudes folds negative bins onto positive ones', () => {
  const folded = magnitudes({ width: 1, start: -2, counts: Float64Array.of(1, 2, 4, 8, 16) })
  expect([...folded.counts]).toEqual([6, 9, 16])
})
