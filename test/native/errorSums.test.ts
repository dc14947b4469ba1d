import { dequantize, errorSums, quantizationError, quantize } from '../../src/native'
import { channelOf, layouts, refusal, sizeOf, values } from './values'

/**
 * Each of n terms rounds when it is formed (at most three times) and each addition once, here and in the twin: 2n + 6
 * roundings of 2^-53, relative to the sum of magnitudes.
 */
function bound(n: number, magnitudes: number): number {
  return (2 * n + 6) * 2 ** -53 * magnitudes
}

function expectNear(got: number, want: number, n: number, magnitudes: number): void {
  expect(Math.abs(got - want)).toBeLessThanOrEqual(bound(n, magnitudes))
}

describe('errorSums', () => {
  test.each([0, 1, 8, 33, 1000, 200_003])('of %d pairs', async (length) => {
    const a = values(length, 1)
    const b = a.map((v, i) => v * (1 + ((i % 9) - 4) * 1e-3))
    const sum = (term: (x: number, y: number) => number) => a.reduce((s, v, i) => s + term(v, b[i] ?? 0), 0)
    const got = await errorSums(a, b)
    expectNear(
      got.signal,
      sum((x) => x * x),
      length,
      got.signal,
    )
    expectNear(
      got.energy,
      sum((_, y) => y * y),
      length,
      got.energy,
    )
    expectNear(
      got.dot,
      sum((x, y) => x * y),
      length,
      sum((x, y) => Math.abs(x * y)),
    )
    expectNear(
      got.noise,
      sum((x, y) => (x - y) ** 2),
      length,
      got.noise,
    )
    expect(got.maxAbsolute).toBe(a.reduce((most, v, i) => Math.max(most, Math.abs(v - (b[i] ?? 0))), 0))
  })

  test('show NaN, and the largest error leaves it out', async () => {
    const got = await errorSums(Float32Array.of(1, Number.NaN, 3), Float32Array.of(1, 2, 5))
    expect(got).toEqual({
      signal: Number.NaN,
      noise: Number.NaN,
      dot: Number.NaN,
      energy: 30,
      maxAbsolute: 2,
    })
  })

  test('refuse arrays of different lengths', async () => {
    const error = await refusal(errorSums(new Float32Array(3), new Float32Array(2)))
    expect(error).toMatchObject({ code: 'BAD_ARGUMENT' })
    expect(error.message).toBe('Expected 3 elements, as in reference, for actual of errorSums, received 2')
  })
})

describe('quantizationError', () => {
  test.each(layouts)('is the error of quantizing and dequantizing, %j', async (layout) => {
    const x = values(sizeOf(layout))
    const scale = Float32Array.from({ length: layout.channels }, (_, c) => 0.02 + c * 0.001)
    const params = { scale, zeroPoint: 3, dataType: 'int8', layout, qmin: -100, qmax: 100 } as const
    const back = await dequantize(await quantize(x, params), params)
    const want = new Float64Array(layout.channels)
    x.forEach((v, i) => {
      const c = channelOf(layout, i)
      want[c] = (want[c] ?? 0) + (v - (back[i] ?? 0)) ** 2
    })
    const got = await quantizationError(x, params)
    got.forEach((sum, c) => {
      expectNear(sum, want[c] ?? 0, layout.outer * layout.inner, sum)
    })
  })

  test('is 0 for values on the grid', async () => {
    const x = Float32Array.from({ length: 255 }, (_, k) => (k - 127) * 0.25)
    const error = await quantizationError(x, { scale: 0.25, zeroPoint: 0, dataType: 'int8' })
    expect([...error]).toEqual([0])
  })
})
