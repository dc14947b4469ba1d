import { type RoundingProblem, roundWeights } from '../../src/native'
import { costOf, layerOf } from './layer'
import { refusal } from './values'

function problemOf(rows: number, columns: number, seed: number): RoundingProblem {
  return { ...layerOf(rows, columns, seed), qmin: -127, qmax: 127 }
}

function inverseOf(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))])
  for (let k = 0; k < size; k++) {
    const pivot = rows[k]!.map((value) => value / rows[k]![k]!)
    rows[k] = pivot
    for (let i = 0; i < size; i++)
      if (i !== k) rows[i] = rows[i]!.map((value, j) => value - rows[i]![k]! * pivot[j]!)
  }
  return rows.map((row) => row.slice(size))
}

/** Optimal brain surgeon, step by step: round a weight, move those not yet rounded, invert what is left anew. */
function surgeon(
  { weights, rows, columns, gram, scales, qmin, qmax }: RoundingProblem,
  damping: number,
): number[] {
  const diagonal = (i: number) => gram[i * columns + i]!
  const indices = Array.from({ length: columns }, (_, i) => i)
  const added = (damping * indices.reduce((sum, i) => sum + diagonal(i), 0)) / columns
  const order = [...indices].sort((a, b) => diagonal(b) - diagonal(a) || a - b)
  const w = Array.from(weights)
  const q = new Array<number>(rows * columns)
  for (let step = 0; step < columns; step++) {
    const left = order.slice(step)
    const inverse = inverseOf(
      left.map((i) => left.map((j) => gram[i * columns + j]! + (i === j ? added : 0))),
    )
    for (let row = 0; row < rows; row++) {
      const at = row * columns + left[0]!
      q[at] = Math.min(qmax, Math.max(qmin, Math.round(w[at]! / scales[row]!))) + 0 // no −0
      const error = (w[at]! - q[at]! * scales[row]!) / inverse[0]![0]!
      for (const [k, j] of left.entries()) w[row * columns + j]! -= error * inverse[0]![k]!
    }
  }
  return q
}

function nearest({ weights, columns, scales, qmin, qmax }: RoundingProblem): number[] {
  return Array.from(weights, (weight, i) =>
    Math.min(qmax, Math.max(qmin, Math.round(weight / scales[Math.floor(i / columns)]!))),
  )
}

function cost(problem: RoundingProblem, q: ArrayLike<number>): number {
  const { columns, scales } = problem
  return costOf(
    problem,
    Array.from(q, (value, i) => value * scales[Math.floor(i / columns)]!),
  )
}

describe('roundWeights', () => {
  test.each([
    [1, 1],
    [5, 2],
    [4, 9],
    [7, 30],
    [3, 66],
  ])('%i x %i equals the surgeon', async (rows, columns) => {
    const problem = problemOf(rows, columns, rows + columns)
    const { quantized, damping } = await roundWeights(problem)
    expect(damping).toBe(0.01)
    expect(Array.from(quantized)).toEqual(surgeon(problem, 0.01))
  })

  test.each([20, 64, 150])('costs less than rounding to nearest with %i columns', async (columns) => {
    const problem = problemOf(16, columns, columns)
    const { quantized } = await roundWeights(problem)
    expect(cost(problem, quantized)).toBeLessThan(0.6 * cost(problem, nearest(problem)))
  })

  test('keeps to 4 bits', async () => {
    const problem = { ...problemOf(6, 40, 1), qmin: -8, qmax: 7, damping: 0.05 }
    const { quantized, damping } = await roundWeights(problem)
    expect([Math.min(...quantized), Math.max(...quantized), damping]).toEqual([-8, 7, 0.05])
    expect(Array.from(quantized)).toEqual(surgeon(problem, 0.05))
  })

  test('says how much damping a singular matrix took', async () => {
    const columns = 12
    // 1 on the diagonal and −0.2 elsewhere: the least eigenvalue is 1 − 11 · 0.2.
    const gram = Float64Array.from({ length: columns ** 2 }, (_, i) => (i % (columns + 1) === 0 ? 1 : -0.2))
    const { damping } = await roundWeights({ ...problemOf(3, columns, 2), gram, damping: 0.2 })
    expect(damping).toBe(2)
  })

  const good = problemOf(3, 4, 5)
  test.each<[string, Partial<RoundingProblem>, RegExp]>([
    ['too few scales', { scales: new Float32Array(2) }, /Expected 3 elements for scales .*received 2/],
    ['a scale of 0', { scales: Float32Array.of(1, 0, 1) }, /Expected finite numbers above 0 for scales/],
    ['a gram of another size', { gram: new Float64Array(12) }, /Expected 16 elements for gram/],
    ['a float32 gram', { gram: new Float32Array(16) as never }, /Expected a Float64Array for gram/],
    ['9 bits', { qmax: 255 }, /Expected an integer from -127 to 127 for qmax/],
    ['negative damping', { damping: -1 }, /Expected a finite number of at least 0 for damping/],
    [
      'NaN weights',
      { weights: new Float32Array(12).fill(Number.NaN) },
      /Expected finite numbers for weights and gram/,
    ],
    ['NaN in gram', { gram: new Float64Array(16).fill(Number.NaN) }, /Expected finite numbers/],
    [
      'what is no Gram matrix',
      { gram: Float64Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : -100)) },
      /Expected a positive semi-definite matrix/,
    ],
  ])('refuses %s', async (_, change, message) => {
    const error = await refusal(roundWeights({ ...good, ...change }))
    expect(error.code).toBe('BAD_ARGUMENT')
    expect(error.message).toMatch(message)
  })
})
