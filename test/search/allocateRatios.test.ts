import fc from 'fast-check'
import type { SensitivityCurve } from '../../src/report/sensitivity'
import { allocateRatios } from '../../src/search'

/** A layer whose noise at each ratio is as given. */
function curve(key: string, parameters: number, noises: Record<number, number>): SensitivityCurve {
  const points = Object.entries(noises).map(([ratio, noise]) => ({
    ratio: Number(ratio),
    snrDb: -10 * Math.log10(noise),
  }))
  return { key, name: key, opType: 'Conv', parameters, points: points.sort((a, b) => a.ratio - b.ratio) }
}

const noiseAt = ({ points }: SensitivityCurve, ratio: number) => {
  const corners = [{ ratio: 0, noise: 0 }].concat(
    points.map((point) => ({ ratio: point.ratio, noise: 10 ** (-point.snrDb / 10) })),
  )
  const after = corners.findIndex((corner) => corner.ratio >= ratio - 1e-12)
  const [from, to] = [corners[Math.max(0, after - 1)], corners[after]]
  if (!from || !to || to === from) return to?.noise ?? 0
  return from.noise + ((to.noise - from.noise) * (ratio - from.ratio)) / (to.ratio - from.ratio)
}

test('the layer that bears it gives the weights', () => {
  const layers = [curve('tough', 100, { 0.5: 1e-6, 0.9: 1e-5 }), curve('frail', 100, { 0.5: 0.5, 0.9: 0.9 })]
  expect(allocateRatios(layers, 0.45)).toEqual(
    new Map([
      ['tough', 0.9],
      ['frail', 0],
    ]),
  )
})

test('weights count: equal noise on more weights is cheaper', () => {
  const layers = [curve('large', 900, { 0.5: 0.1 }), curve('small', 100, { 0.5: 0.1 })]
  const ratios = allocateRatios(layers, 0.3)
  expect(ratios.get('large')).toBeCloseTo(300 / 900, 10)
  expect(ratios.get('small')).toBe(0)
})

test('a dent in a curve is stepped over', () => {
  // 0.5 costs as much as 0.9 does, so nobody stops there.
  const layers = [
    curve('dented', 100, { 0.5: 0.2, 0.9: 0.2 }),
    curve('straight', 100, { 0.5: 0.15, 0.9: 0.5 }),
  ]
  expect(allocateRatios(layers, 0.45).get('dented')).toBeCloseTo(0.9, 10)
})

test('a layer without points keeps its weights, and its share counts', () => {
  const layers = [curve('kept', 100, {}), curve('taken', 100, { 0.8: 0.1 })]
  expect(allocateRatios(layers, 0.4)).toEqual(
    new Map([
      ['kept', 0],
      ['taken', 0.8],
    ]),
  )
  expect(() => allocateRatios(layers, 0.41)).toThrow(/those measured end at 0\.400/)
})

test.each([-0.1, 1.1, Number.NaN])('refuses a ratio of %d', (ratio) => {
  expect(() => allocateRatios([curve('a', 1, { 0.5: 1 })], ratio)).toThrow(/ratio between 0 and 1/)
})

test('no other way on a grid is better, for convex curves', () => {
  const convex = fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 50 }))
    .map(([weights, first, more]) => ({
      weights: weights * 10,
      noises: { 0.4: first / 100, 0.8: (2 * first + more) / 100 },
    }))
  fc.assert(
    fc.property(convex, convex, fc.integer({ min: 0, max: 8 }), (a, b, tenths) => {
      const layers = [curve('a', a.weights, a.noises), curve('b', b.weights, b.noises)]
      const [first, second] = layers as [SensitivityCurve, SensitivityCurve]
      const ratio = tenths / 10
      const found = allocateRatios(layers, ratio)
      const total = (one: number, other: number) => noiseAt(first, one) + noiseAt(second, other)
      const [one, other] = [found.get('a') ?? 0, found.get('b') ?? 0]
      const taken = one * a.weights + other * b.weights
      expect(taken).toBeCloseTo(ratio * (a.weights + b.weights), 6)
      for (let x = 0; x <= 0.8001; x += 0.05) {
        const y = (taken - x * a.weights) / b.weights
        if (y >= 0 && y <= 0.8) expect(total(one, other)).toBeLessThanOrEqual(total(x, y) + 1e-9)
      }
    }),
    { seed: 1, numRuns: 200 },
  )
})
