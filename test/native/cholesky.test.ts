import { cholesky, matrixProduct, solveTriangular } from '../../src/native'
import { dampedGram, layerOf } from './layer'
import { random, refusal } from './values'

function matrix(rows: number, columns: number, seed: number): Float64Array {
  const next = random(seed)
  return Float64Array.from({ length: rows * columns }, () => next() - 0.5)
}

function expectClose(got: ArrayLike<number>, want: ArrayLike<number>, digits = 9): void {
  expect(got).toHaveLength(want.length)
  for (let i = 0; i < want.length; i++) expect(got[i]).toBeCloseTo(want[i]!, digits)
}

describe('cholesky', () => {
  test.each([1, 2, 30, 90])('of %i features multiplies to the damped matrix', async (size) => {
    const layer = layerOf(1, size, size)
    const { factor, damping } = await cholesky(layer.gram, size)
    expect(damping).toBe(0.01)
    expect(factor.every((value, i) => i % size <= Math.floor(i / size) || value === 0)).toBe(true)
    expect(factor.every((value, i) => i % (size + 1) !== 0 || value > 0)).toBe(true)
    const sizes = { rows: size, inner: size, columns: size }
    expectClose(await matrixProduct(factor, factor, sizes, { transposed: true }), dampedGram(layer, 0.01))
  })

  test('raises the damping where it must, but not one of 0', async () => {
    const singular = Float64Array.of(1, 7, 1, 1) // [1 1; 1 1]: what stands above the diagonal is not read
    expect((await cholesky(singular, 2, { damping: 1e-17 })).damping).toBeCloseTo(1e-15, 20)
    const error = await refusal(cholesky(singular, 2, { damping: 0 }))
    expect(error.message).toMatch(/a positive semi-definite matrix for matrix of cholesky/)
  })

  test('a feature that was never used gets the damping alone, or 1', async () => {
    const gram = Float64Array.of(4, 0, 0, 0)
    expect((await cholesky(gram, 2, { damping: 0.5 })).factor).toEqual(Float64Array.of(Math.sqrt(5), 0, 0, 1))
    expect((await cholesky(gram, 2, { damping: 0 })).factor).toEqual(Float64Array.of(2, 0, 0, 1))
  })

  test('refuses what is no Gram matrix', async () => {
    const error = await refusal(cholesky(Float64Array.of(1, 0, -5, 1), 2, { damping: 0 }))
    expect(error.message).toMatch(/a positive semi-definite matrix for matrix of cholesky/)
    expect((await refusal(cholesky(Float64Array.of(Number.NaN), 1))).message).toMatch(
      /finite numbers for matrix/,
    )
    expect((await refusal(cholesky(new Float64Array(3), 2))).message).toMatch(/4 elements for matrix/)
    expect((await refusal(cholesky(new Float64Array(4), 2, { damping: -1 }))).message).toMatch(/for damping/)
  })
})

describe('solveTriangular', () => {
  test.each([
    [1, 1],
    [5, 30],
    [70, 90],
  ])('takes %i x %i products back', async (rows, size) => {
    const { factor } = await cholesky(layerOf(1, size, 3).gram, size)
    const w = matrix(rows, size, 4)
    for (const transposed of [false, true]) {
      const z = await matrixProduct(w, factor, { rows, inner: size, columns: size }, { transposed })
      const before = z.slice()
      expectClose(await solveTriangular(z, factor, size, { transposed }), w)
      expect(z).toEqual(before)
    }
  })

  test('refuses other sizes', async () => {
    const factor = Float64Array.of(1, 0, 1, 1)
    expect((await refusal(solveTriangular(new Float64Array(3), factor, 2))).message).toMatch(/for rows|for z/)
    expect((await refusal(solveTriangular(new Float64Array(2), factor, 3))).message).toMatch(
      /9 elements for factor/,
    )
    expect((await refusal(solveTriangular(new Float64Array(2), [1] as never, 1))).message).toMatch(
      /a Float64Array/,
    )
  })
})

describe('matrixProduct', () => {
  test.each([
    [1, 1, 1],
    [7, 13, 5],
    [40, 300, 70],
    [3, 0, 4],
  ])('of %i x %i by %i equals the sums', async (rows, inner, columns) => {
    const [a, b] = [matrix(rows, inner, 5), matrix(inner, columns, 6)]
    const want = Array.from({ length: rows * columns }, (_, i) => {
      let sum = 0
      for (let k = 0; k < inner; k++)
        sum += a[Math.floor(i / columns) * inner + k]! * b[k * columns + (i % columns)]!
      return sum
    })
    expectClose(await matrixProduct(a, b, { rows, inner, columns }), want, 12)
    const turned = b.map((_, i) => b[(i % inner) * columns + Math.floor(i / inner)]!)
    expectClose(await matrixProduct(a, turned, { rows, inner, columns }, { transposed: true }), want, 12)
  })

  test('refuses other sizes', async () => {
    const sizes = { rows: 2, inner: 3, columns: 1 }
    const error = await refusal(matrixProduct(new Float64Array(6), new Float64Array(4), sizes))
    expect(error.message).toMatch(/3 elements for b of matrixProduct, received 4/)
  })
})
