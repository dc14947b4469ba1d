import { mseRange, symmetricMseRange } from '../../src/calibrate/mseRange'
import type { Range } from '../../src/calibrate/statistics'
import { histogramOf, normals } from './support'

/** Mean squared error of quantizing the data themselves. */
function error(data: readonly number[], { min, max }: Range, levels: number): number {
  const step = (max - min) / (levels - 1)
  const zero = Math.round(-min / step)
  const back = (x: number) => Math.min(levels - 1 - zero, Math.max(-zero, Math.round(x / step))) * step
  return data.reduce((sum, x) => sum + (x - back(x)) ** 2, 0) / data.length
}

/** The best of a dense grid of ranges, by the data themselves. */
function slowBest(data: readonly number[], levels: number): number {
  const min = Math.min(0, ...data)
  const max = Math.max(0, ...data)
  let best = Number.POSITIVE_INFINITY
  for (let low = 1; low > 0.02; low *= 0.85) {
    for (let high = 1; high > 0.02; high *= 0.85)
      best = Math.min(best, error(data, { min: min * low, max: max * high }, levels))
  }
  return best
}

function found(data: readonly number[], levels: number): Range {
  const histogram = histogramOf(data)
  const { width } = histogram
  const full = { min: Math.min(0, ...data) / width, max: Math.max(0, ...data) / width }
  const { min, max } = mseRange(histogram, full, levels)
  return { min: min * width, max: max * width }
}

describe('mseRange', () => {
  test.each([
    ['normal', [...normals(1, 600)], 16],
    ['half of a normal, with exact zeros', [...normals(2, 600).map((x) => Math.max(0, x))], 16],
    ['outliers on one side', [...normals(3, 600), 12, 13, 14], 16],
    ['negative', [...normals(4, 600).map((x) => -(x ** 2))], 16],
    ['peaked', [...normals(5, 600).map((x) => x ** 5)], 32],
    ['two atoms', [...new Array(900).fill(0.001), ...new Array(100).fill(1)], 16],
  ])('loses no more than the best of a dense grid: %s', (_, data, levels) => {
    expect(error(data, found(data, levels), levels)).toBeLessThan(slowBest(data, levels) * 1.02 + 1e-9)
  })

  test('has its ends and 0 on levels', () => {
    const { min, max } = found([...normals(6, 1000), 4], 256)
    const step = (max - min) / 255
    expect(Math.abs(min / step - Math.round(min / step))).toBeLessThan(1e-9)
  })

  test('symmetric: comes close to the best scale', () => {
    const data = [...normals(7, 600), 9]
    const histogram = histogramOf(data)
    const { min, max } = symmetricMseRange(
      histogram,
      { min: -9 / histogram.width, max: 9 / histogram.width },
      16,
    )
    expect(min).toBe(-max)
    const symmetricError = (reach: number) => {
      const step = reach / 7
      return data.reduce(
        (sum, x) => sum + (x - Math.min(7, Math.max(-7, Math.round(x / step))) * step) ** 2,
        0,
      )
    }
    let best = Number.POSITIVE_INFINITY
    for (let reach = 9; reach > 0.5; reach *= 0.98) best = Math.min(best, symmetricError(reach))
    expect(symmetricError(max * histogram.width)).toBeLessThan(best * 1.02)
  })
})
