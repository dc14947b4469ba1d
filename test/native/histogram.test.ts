import { histogram } from '../../src/native'
import { difference, refusal, values, wild } from './values'

const f32 = Math.fround

/** The documented formula, one float32 rounding after each operation. */
function twin(x: Float32Array, bins: number, min: number, max: number): Float64Array {
  const counts = new Float64Array(bins)
  const scale = f32(bins / (f32(max) - f32(min)))
  for (const v of x) {
    if (!Number.isFinite(v)) continue
    const bin = Math.trunc(Math.min(Math.max(f32(f32(v - f32(min)) * scale), 0), bins - 1))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return counts
}

describe('histogram', () => {
  test.each([
    [1, -1, 1],
    [128, -3, 7],
    [2048, -0.1, 0.3],
    [100_000, 0, 1e-3],
  ])('counts %d bins over [%d, %d]', async (bins, min, max) => {
    const x = wild(100_003)
    const counts = new Float64Array(bins)
    const { nonFinite } = await histogram(x, counts, min, max)
    expect(difference(counts, twin(x, bins, min, max))).toBeUndefined()
    expect(nonFinite).toBe(x.filter((v) => !Number.isFinite(v)).length)
  })

  test('adds to what is there, also when calls overlap', async () => {
    const counts = new Float64Array(16).fill(10)
    const parts = [values(50_000, 1), values(50_000, 2), values(7, 3)]
    await Promise.all(parts.map((x) => histogram(x, counts, -1, 1)))
    const want = parts.map((x) => twin(x, 16, -1, 1))
    expect([...counts]).toEqual(
      [...counts].map((_, b) => want.reduce((sum, part) => sum + (part[b] ?? 0), 10)),
    )
  })

  test('puts both ends and all beyond into the end bins', async () => {
    const counts = new Float64Array(4)
    await histogram(Float32Array.of(0, 1, -5, 5, 0.5, -3e38, 3e38), counts, 0, 1)
    expect([...counts]).toEqual([3, 0, 1, 3])
  })

  test('takes the narrowest range that float32 has', async () => {
    const counts = new Float64Array(8)
    await histogram(Float32Array.of(1, 1 + 2 ** -23), counts, 1, 1 + 2 ** -23)
    expect([...counts]).toEqual([1, 0, 0, 0, 0, 0, 0, 1])
  })

  test.each([
    [[1], new Float64Array(2), 0, 1, /Expected a Float32Array for x of histogram/],
    [new Float32Array(1), new Float32Array(2), 0, 1, /Expected a Float64Array for counts of histogram/],
    [new Float32Array(1), new Float64Array(0), 0, 1, /Expected 1 to 1048576 bins/],
    [new Float32Array(1), new Float64Array(2 ** 20 + 1), 0, 1, /received 1048577/],
    [
      new Float32Array(1),
      new Float64Array(2),
      1,
      1,
      /Expected a float32 above min \(1\) for max of histogram/,
    ],
    [new Float32Array(1), new Float64Array(2), 1, 1 + 1e-12, /above min/],
    [new Float32Array(1), new Float64Array(2), Number.NaN, 1, /Expected a finite float32 for min/],
    [new Float32Array(1), new Float64Array(2), 0, 1e39, /Expected a finite float32 for max/],
  ])('refuses bad arguments (%#)', async (x, counts, min, max, message) => {
    const error = await refusal(histogram(x as never, counts as never, min, max))
    expect(error.code).toBe('BAD_ARGUMENT')
    expect(error.message).toMatch(message)
  })
})
