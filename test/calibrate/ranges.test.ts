import { computeRange } from '../../src/calibrate/ranges'
import type { RangeMethod } from '../../src/calibrate/statistics'
import { normals, observationOf, uniform } from './support'

const METHODS: RangeMethod[] = ['minMax', 'movingAverage', 'percentile', 'entropy', 'mse']

/** The two neighboring elements between which that share of all elements ends. */
function neighbors(data: readonly number[], share: number): [number, number] {
  const sorted = [...data].sort((a, b) => a - b)
  const below = Math.round(share * sorted.length)
  return [sorted[below - 1] ?? 0, sorted[below] ?? 0]
}

describe('computeRange', () => {
  const shapes: [string, Float32Array][] = [
    ['normal', normals(1, 5000)],
    ['positive', normals(2, 5000).map(Math.abs)],
    ['far from 0', normals(3, 5000).map((x) => x + 100)],
    ['negative', normals(4, 5000).map((x) => -Math.abs(x) - 2)],
    ['one element', Float32Array.of(3.5)],
    ['two elements far apart', Float32Array.of(-1e-20, 1e20)],
    ['a constant', new Float32Array(100).fill(-2)],
    ['zeros', new Float32Array(100)],
    ['nothing', new Float32Array(0)],
    ['nothing finite', Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY)],
    ['smallest float', Float32Array.of(1e-45)],
    ['largest floats', Float32Array.of(-3.4e38, 3.4e38)],
  ]

  for (const [name, data] of shapes) {
    test.each(METHODS)(`is never empty, finite and holds 0: ${name}, %s`, (method) => {
      for (const symmetric of [false, true]) {
        const { min, max } = computeRange(observationOf(data), { method, symmetric })
        expect(max).toBeGreaterThan(min)
        expect(min <= 0 && max >= 0 && Number.isFinite(max - min)).toBe(true)
        if (symmetric) expect(min).toBe(-max)
      }
    })
  }

  test.each(METHODS)('is the same each time: %s', (method) => {
    const observation = observationOf(normals(5, 3000))
    expect(computeRange(observation, { method })).toEqual(computeRange(observation, { method }))
  })

  test('of a value that is always 0 is [0, 1]', () => {
    const zeros = observationOf(new Float32Array(4))
    expect(computeRange(zeros, { method: 'entropy' })).toEqual({ min: 0, max: 1 })
    expect(computeRange(zeros, { method: 'minMax', symmetric: true })).toEqual({ min: -1, max: 1 })
  })

  test('minMax is exact', () => {
    const data = normals(6, 1000)
    expect(computeRange(observationOf(data), { method: 'minMax' })).toEqual({
      min: Math.min(...data),
      max: Math.max(...data),
    })
  })

  test('movingAverage takes the averages', () => {
    const observation = { ...observationOf(normals(6, 1000)), averageMin: 0.25, averageMax: 1.5 }
    expect(computeRange(observation, { method: 'movingAverage' })).toEqual({ min: 0, max: 1.5 })
  })

  test.each([0.9, 0.99, 0.999])('percentile %d leaves half of the rest out at either end', (percentile) => {
    const data = [...normals(7, 20000)]
    const observation = observationOf(Float32Array.from(data))
    const { min, max } = computeRange(observation, { method: 'percentile', percentile })
    const { width } = observation.histogram
    const tail = (1 - percentile) / 2
    for (const [found, share] of [
      [min, tail],
      [max, 1 - tail],
    ] as const) {
      const [below, above] = neighbors(data, share)
      expect(found).toBeGreaterThan(below - width)
      expect(found).toBeLessThan(above + width)
    }
  })

  test('percentile leaves all of the rest out at the only end', () => {
    const next = uniform(8)
    const data = Float32Array.from({ length: 50000 }, () => next() * 8)
    const { min, max } = computeRange(observationOf(data), { method: 'percentile', percentile: 0.75 })
    expect(min).toBe(0)
    expect(max).toBeCloseTo(6, 1)
  })

  test('percentile, symmetric, counts magnitudes', () => {
    const next = uniform(9)
    const data = Float32Array.from({ length: 50000 }, () => next() * 6 - 2)
    // 50% of |x| lie below 1.5... of [0,2] twice, then [2,4] once: 2·1.5/6
    expect(
      computeRange(observationOf(data), { method: 'percentile', percentile: 0.5, symmetric: true }).max,
    ).toBeCloseTo(1.5, 1)
  })

  test('entropy and mse cut off outliers, minMax does not', () => {
    const data = Float32Array.of(...normals(10, 100000), 60)
    const observation = observationOf(data)
    expect(computeRange(observation, { method: 'minMax' }).max).toBe(60)
    // The fewer the levels, the more one outlier costs all others.
    for (const [method, levels] of [
      ['entropy', 256],
      ['mse', 32],
    ] as const) {
      const { min, max } = computeRange(observation, { method, levels })
      expect(max).toBeLessThan(30)
      expect(max).toBeGreaterThan(2)
      expect(min).toBeLessThan(-2)
    }
  })

  test.each([
    [{ method: 'median' as RangeMethod }, /Expected a method of minMax, .* for range, received "median"/],
    [
      { method: 'percentile' as const, percentile: 99 },
      /Expected percentile above 0 and up to 1 for range, received 99/,
    ],
    [{ method: 'mse' as const, levels: 1 }, /Expected levels from 4 to 65536 for range, received 1/],
  ])('refuses %j', (options, message) => {
    expect(() => computeRange(observationOf(Float32Array.of(1)), options)).toThrow(message)
  })
})
