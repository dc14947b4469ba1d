import { BINS, GrowingHistogram } from '../../src/calibrate/histogram'
import { histogramOf, normals } from './support'

/** Covers and counts piece by piece, as an observer does. */
function grown(pieces: readonly Float32Array[]): GrowingHistogram {
  const bins = new GrowingHistogram()
  for (const piece of pieces) {
    bins.cover(Math.min(...piece), Math.max(...piece))
    const width = (bins.max - bins.min) / BINS
    for (const x of piece) bins.counts[Math.floor((x - bins.min) / width)]! += 1
  }
  return bins
}

describe('GrowingHistogram', () => {
  const small = normals(1, 500, 0.01)
  const medium = normals(2, 500)
  const large = normals(3, 500, 300)

  test('holds the same whatever the order in which data come', () => {
    const expected = histogramOf([...small, ...medium, ...large])
    for (const order of [
      [small, medium, large],
      [large, small, medium],
      [medium, large, small],
    ]) {
      expect(grown(order).toHistogram()).toEqual(expected)
    }
  })

  test('loses no element while it grows', () => {
    const { counts } = grown([small, medium, large]).toHistogram()
    expect(counts.reduce((sum, count) => sum + count)).toBe(1500)
  })

  test.each([
    ['positive', [0.001, 5]],
    ['negative', [-7, -0.3]],
    ['both', [-0.2, 90]],
    ['just below a power of two', [0, 3.999]],
    ['exactly a power of two', [-4, 4]],
  ])('uses more than half of its bins: %s', (_, data) => {
    const { width } = histogramOf(data)
    const span = Math.max(0, ...data) - Math.min(0, ...data)
    expect(span / width).toBeGreaterThan(BINS / 2 - 2)
    expect(span / width).toBeLessThanOrEqual(BINS)
  })

  test('has 0 on a boundary', () => {
    const { start, counts, width } = histogramOf([-0.37, -1e-9, 0, 1e-9, 1.93])
    const zero = -start
    expect([counts[zero - 1], counts[zero]]).toEqual([1, 2])
    expect(Number.isInteger(Math.log2(width))).toBe(true)
  })

  test('zeros that come first stay where 0 is', () => {
    const bins = grown([new Float32Array(9), Float32Array.of(-3, 50)]).toHistogram()
    expect(bins.counts[-bins.start]).toBe(9)
  })

  test.each([
    ['denormal', 1e-44],
    ['largest float', 3.4028234663852886e38],
    ['most negative float', -3.4028234663852886e38],
  ])('keeps edges that float32 can hold: %s', (_, extreme) => {
    const bins = new GrowingHistogram()
    bins.cover(Math.min(0, extreme), Math.max(0, extreme))
    expect(Number.isFinite(Math.fround(bins.min)) && Number.isFinite(Math.fround(bins.max))).toBe(true)
    expect(Math.fround(bins.max)).toBeGreaterThan(Math.fround(bins.min))
  })
})
