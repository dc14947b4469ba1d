import { type LeastSquaresProblem, leastSquares } from '../../src/native'
import { costOf, layerOf, solutionOf } from './layer'
import { refusal } from './values'

const kept = Int32Array.of(0, 3, 4, 9, 11, 17, 18, 19)

/** (G[K, K] + d · I) ẑ = G[K, :] · w + d · w[K], row by row. */
function twin({ weights, rows, columns, gram }: LeastSquaresProblem, damping: number): number[] {
  const own = [...kept]
  const at = (i: number, j: number) => gram[i * columns + j]!
  const added = (damping * own.reduce((sum, k) => sum + at(k, k), 0)) / own.length
  return Array.from({ length: rows }, (_, row) => {
    const w = weights.subarray(row * columns, (row + 1) * columns)
    return solutionOf(
      own.map((i) => own.map((j) => at(i, j) + (i === j ? added : 0))),
      own.map((i) => w.reduce((sum, weight, j) => sum + at(i, j) * weight, added * w[i]!)),
    )
  }).flat()
}

describe('leastSquares', () => {
  test.each([0, 0.01, 0.3])('solves the normal equations with damping %f', async (damping) => {
    const problem = { ...layerOf(5, 20, 1), kept, damping }
    const result = await leastSquares(problem)
    expect(result.damping).toBe(damping)
    const want = twin(problem, damping)
    expect(result.weights).toHaveLength(want.length)
    for (const [i, weight] of want.entries()) expect(result.weights[i]).toBeCloseTo(weight, 5)
  })

  test('costs less than leaving the weights as they are', async () => {
    const layer = layerOf(5, 20, 2)
    const { weights } = await leastSquares({ ...layer, kept })
    const spread = (from: (k: number, index: number, row: number) => number) =>
      layer.weights.map((_, i) => {
        const index = kept.indexOf(i % 20)
        return index < 0 ? 0 : from(i % 20, index, Math.floor(i / 20))
      })
    const left = costOf(
      layer,
      spread((k, _, row) => layer.weights[row * 20 + k]!),
    )
    expect(
      costOf(
        layer,
        spread((_, index, row) => weights[row * kept.length + index]!),
      ),
    ).toBeLessThan(0.7 * left)
  })

  test('changes nothing where all inputs stay', async () => {
    const layer = layerOf(3, 20, 3)
    const all = Int32Array.from({ length: 20 }, (_, i) => i)
    expect((await leastSquares({ ...layer, kept: all, damping: 0.5 })).weights).toEqual(layer.weights)
  })

  const good: LeastSquaresProblem = { ...layerOf(3, 4, 5), kept: Int32Array.of(1, 3) }
  test.each<[string, object, RegExp]>([
    [
      'columns out of order',
      { kept: Int32Array.of(3, 1) },
      /rising integers from 0 to 3 for kept .* received 1/,
    ],
    ['a column twice', { kept: Int32Array.of(1, 1) }, /rising integers/],
    ['a column that is not there', { kept: Int32Array.of(1, 4) }, /rising integers .* received 4/],
    ['a negative column', { kept: Int32Array.of(-1) }, /rising integers/],
    ['a plain array', { kept: [1, 3] }, /an Int32Array for kept/],
    ['NaN in gram', { gram: new Float64Array(16).fill(Number.NaN) }, /finite numbers for weights and gram/],
    ['a float32 gram', { gram: new Float32Array(16) }, /a Float64Array for gram/],
    ['infinite damping', { damping: Infinity }, /a finite number of at least 0 for damping/],
  ])('refuses %s', async (_, change, message) => {
    const error = await refusal(leastSquares({ ...good, ...change }))
    expect(error.code).toBe('BAD_ARGUMENT')
    expect(error.message).toMatch(message)
  })
})
