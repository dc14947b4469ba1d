import { type SvdResult, singularValues, svd } from '../../src/native'
import { runChild } from './child'
import { random, refusal } from './values'

function matrix(rows: number, columns: number, seed = 1): Float64Array {
  const next = random(seed)
  return Float64Array.from({ length: rows * columns }, () => next() - 0.5)
}

/** |A − U · diag(s) · Vᵀ| */
function distance(a: Float64Array, rows: number, columns: number, { u, s, v }: SvdResult): number {
  const k = s.length
  let sum = 0
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      let rest = a[i * columns + j]!
      for (let l = 0; l < k; l++) rest -= u[i * k + l]! * s[l]! * v[j * k + l]!
      sum += rest ** 2
    }
  return Math.sqrt(sum)
}

/** The largest element of |XᵀX − 1| for a matrix of k columns. */
function skew(x: Float64Array, k: number): number {
  let most = 0
  for (let i = 0; i < k; i++)
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? -1 : 0
      for (let r = 0; r < x.length; r += k) sum += x[r + i]! * x[r + j]!
      most = Math.max(most, Math.abs(sum))
    }
  return most
}

describe('svd', () => {
  test.each([
    [1, 1],
    [9, 4],
    [4, 9],
    [65, 65],
    [120, 50],
    [50, 120],
  ])('%i x %i is as exact as it says', async (rows, columns) => {
    const a = matrix(rows, columns)
    const bound = (rows + columns) * 2 ** -52
    const result = await svd(a, rows, columns)
    const k = Math.min(rows, columns)
    expect([result.u.length, result.s.length, result.v.length]).toEqual([rows * k, k, columns * k])
    expect(distance(a, rows, columns, result)).toBeLessThanOrEqual(bound * Math.hypot(...a))
    expect(Math.max(skew(result.u, k), skew(result.v, k))).toBeLessThanOrEqual(bound)
    expect([...result.s].sort((x, y) => y - x)).toEqual([...result.s])
    const alone = await singularValues(a, rows, columns)
    for (const [i, value] of alone.entries())
      expect(Math.abs(value - result.s[i]!)).toBeLessThanOrEqual(bound * result.s[0]!)
  })

  test('the rank cuts it off; what is left is the tail of the singular values', async () => {
    const a = matrix(40, 30)
    const [all, part] = [await singularValues(a, 40, 30), await svd(a, 40, 30, { rank: 11 })]
    expect(distance(a, 40, 30, part)).toBeCloseTo(Math.hypot(...all.subarray(11)), 12)
    expect(await svd(a, 40, 30, { rank: 0 })).toEqual({
      u: new Float64Array(0),
      s: new Float64Array(0),
      v: new Float64Array(0),
    })
  })

  test('few values of a large matrix come from a subspace, the same for the same seed', async () => {
    const [rows, columns, rank] = [1024, 1100, 16]
    const next = random(4)
    const weight = Float64Array.from({ length: rows }, (_, i) => 1 / (1 + i))
    const a = Float64Array.from(
      { length: rows * columns },
      (_, i) => weight[Math.floor(i / columns)]! * (next() - 0.5),
    )
    const [one, again, other] = [
      await svd(a, rows, columns, { rank, seed: 1 }),
      await svd(a, rows, columns, { rank, seed: 1 }),
      await svd(a, rows, columns, { rank, seed: 2 }),
    ]
    expect(again).toEqual(one)
    expect(other.u).not.toEqual(one.u)
    const all = await singularValues(a, rows, columns)
    const least = Math.hypot(...all.subarray(rank))
    for (const result of [one, other]) {
      expect(distance(a, rows, columns, result)).toBeLessThan(1.005 * least)
      for (const [i, value] of result.s.entries()) expect(value / all[i]!).toBeCloseTo(1, 2)
    }
  })

  test('the number of threads does not change a bit', () => {
    const script = `
      const next = ((s) => () => (s = (s * 16807) % 2147483647) / 2147483647)(7)
      const a = Float64Array.from({ length: 300 * 200 }, () => next() - 0.5)
      native.svd(a, 300, 200).then(({ u, s, v }) =>
        console.log(require('node:crypto').createHash('sha256').update(u).update(s).update(v).digest('hex')))`
    const digests = ['1', '2', '5'].map((threads) => runChild(script, { ONNXPRESS_THREADS: threads }).stdout)
    expect(digests[0]).toMatch(/^[0-9a-f]{64}/)
    expect(new Set(digests).size).toBe(1)
  })

  const a = matrix(3, 4)
  const bad = a.map((value, i) => (i === 7 ? Number.NaN : value))
  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['NaN', () => svd(bad, 3, 4), /finite numbers for matrix of svd/],
    ['NaN for values alone', () => singularValues(bad, 3, 4), /finite numbers for matrix of singularValues/],
    ['another size', () => svd(a, 3, 5), /15 elements for matrix .* received 12/],
    ['float32', () => singularValues(new Float32Array(12) as never, 3, 4), /a Float64Array for matrix/],
    ['a rank above the smaller side', () => svd(a, 3, 4, { rank: 4 }), /an integer from 0 to 3 for rank/],
    ['half a rank', () => svd(a, 3, 4, { rank: 1.5 }), /an integer from 0 to 3 for rank/],
    ['a negative seed', () => svd(a, 3, 4, { seed: -1 }), /an integer from 0 to 2147483647 for seed/],
  ])('refuses %s', async (_, call, message) => {
    const error = await refusal(call())
    expect(error.code).toBe('BAD_ARGUMENT')
    expect(error.message).toMatch(message)
  })
})
