import fc from 'fast-check'
import { type ActivationType, affineOf, clamp, LIMITS } from '../../../src/passes/quantize/numbers'

const types = fc.constantFrom<ActivationType>('uint8', 'int8')
const reals = fc.double({ min: -1e6, max: 1e6, noNaN: true })
const ranges = fc.tuple(reals, reals).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }))

test('scales are float32 above 0, zero points whole numbers of the type', () => {
  fc.assert(
    fc.property(ranges, types, (range, type) => {
      const { scale, zeroPoint } = affineOf(range, type)
      const [low, high] = LIMITS[type]
      expect(scale).toBe(Math.fround(scale))
      expect(scale).toBeGreaterThan(0)
      expect(Number.isInteger(zeroPoint)).toBe(true)
      expect(clamp(zeroPoint, low, high)).toBe(zeroPoint)
    }),
  )
})

test('the whole range is covered to within half a step, and 0 is exact', () => {
  fc.assert(
    fc.property(ranges, types, ({ min, max }, type) => {
      const { scale, zeroPoint } = affineOf({ min, max }, type)
      const [low, high] = LIMITS[type]
      const slack = 0.5 * scale * (1 + 1e-5)
      expect((low - zeroPoint) * scale).toBeLessThanOrEqual(Math.min(0, min) + slack)
      expect((high - zeroPoint) * scale).toBeGreaterThanOrEqual(Math.max(0, max) - slack)
      expect((clamp(zeroPoint, low, high) - zeroPoint) * scale).toBeCloseTo(0)
    }),
  )
})

test('a step is no larger than the range needs', () => {
  fc.assert(
    fc.property(ranges, types, ({ min, max }, type) => {
      const reach = Math.max(0, max) - Math.min(0, min)
      expect(affineOf({ min, max }, type).scale).toBeLessThanOrEqual(
        Math.max(reach / 255, 2 ** -40) * (1 + 1e-6),
      )
    }),
  )
})

test('both types cut a range alike', () => {
  fc.assert(
    fc.property(ranges, (range) => {
      const [unsigned, signed] = [affineOf(range, 'uint8'), affineOf(range, 'int8')]
      expect(signed.scale).toBe(unsigned.scale)
      expect(Math.abs(signed.zeroPoint + 128 - unsigned.zeroPoint)).toBeLessThanOrEqual(1)
    }),
  )
})

test('ranges on one side of 0 use all values', () => {
  expect(affineOf({ min: 0, max: 255 }, 'uint8')).toEqual({ scale: 1, zeroPoint: 0 })
  expect(affineOf({ min: 0, max: 255 }, 'int8')).toEqual({ scale: 1, zeroPoint: -128 })
  expect(affineOf({ min: -255, max: 0 }, 'uint8')).toEqual({ scale: 1, zeroPoint: 255 })
  expect(affineOf({ min: -255, max: 0 }, 'int8')).toEqual({ scale: 1, zeroPoint: 127 })
  // 0 is pulled in.
  expect(affineOf({ min: 2, max: 255 }, 'uint8')).toEqual({ scale: 1, zeroPoint: 0 })
})

test.each([
  { min: 0, max: 0 },
  { min: -0, max: 0 },
  { min: 1e-30, max: 1e-30 },
  { min: -1e-40, max: 1e-40 },
])('a range of nothing, %p', (range) => {
  const { scale, zeroPoint } = affineOf(range, 'uint8')
  expect(scale).toBe(2 ** -40)
  expect(Math.abs(zeroPoint)).toBe(0)
})
