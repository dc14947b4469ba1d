/** Factors against their definitions, in double and term by term. */

import { relativeError } from '../../../src/passes/lowRank/error'
import { factorize } from '../../../src/passes/lowRank/factorize'
import { makeProblem, type Problem } from '../../../src/passes/lowRank/problem'
import { spectraOf } from '../../../src/passes/lowRank/rankPoint'
import type { SchemeKind } from '../../../src/passes/lowRank/scheme'
import { LayerBuilder } from '../quantize/support'
import { randomNumbers } from '../simplify/support'
import { energyOf, flipped, minus, onlyLayer, times } from './support'

/** A covariance far from the identity: of random mixtures of few sources, and a little of everything. */
function covariance(size: number, seed = 3): Float64Array {
  const mixing = randomNumbers(size * 4, seed)
  const product = times(mixing, flipped(mixing, 4), 4)
  return Float64Array.from(product, (each, at) => each + (at % (size + 1) === 0 ? 0.02 : 0))
}

async function problemOf(shape: readonly number[], isWeighted = true): Promise<Problem> {
  const b = new LayerBuilder()
  b.output(b.node('Conv', [b.input('x', [1, shape[1] as number, 6, 6]), b.some(shape)]))
  const problem = await makeProblem(onlyLayer(b.model), undefined, 0.01)
  return isWeighted ? { ...problem, covariance: covariance(problem.columns) } : problem
}

const identity = (size: number) =>
  Float64Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? 1 : 0))
const largest = (numbers: readonly number[]) => Math.max(...numbers.map(Math.abs))
const energy = ({ covariance: c, columns }: Problem, difference: ArrayLike<number>) =>
  energyOf(difference, c ?? identity(columns), columns)

describe.each([
  ['by their outputs', true],
  ['by themselves', false],
])('weights that count %s', (_, isWeighted) => {
  test('as a pair lose what is behind the rank in the spectrum, and no other factors lose less', async () => {
    const problem = await problemOf([6, 5, 1, 1], isWeighted)
    const [spectrum] = await spectraOf(problem, ['pair'])
    for (const rank of [1, 3, 4]) {
      const { whole, stages } = await factorize(problem, 'pair', [rank])
      const [before, after] = stages as [Float64Array, Float64Array]
      expect(largest(minus(times(after, before, rank), whole))).toBeLessThan(1e-10)
      const lost = energy(problem, minus(problem.weights, whole))
      const share = lost / energy(problem, problem.weights)
      expect(share).toBeCloseTo(spectrum?.tails[0]?.[rank] as number, 8)
      expect(await relativeError(problem, whole)).toBeCloseTo(share, 10)
      // Eckart and Young: rank-r neighbors are no better.
      for (let seed = 1; seed < 20; seed++) {
        const other = after.map((each, at) => each + 0.05 * (randomNumbers(after.length, seed)[at] as number))
        expect(energy(problem, minus(problem.weights, times(other, before, rank)))).toBeGreaterThanOrEqual(
          lost - 1e-9,
        )
      }
    }
  })

  test('between the stages of a pair spreads are square roots of what they say, evenly shared', async () => {
    const problem = await problemOf([6, 5, 1, 1], isWeighted)
    const { stages } = await factorize(problem, 'pair', [4])
    const [before, after] = stages as [Float64Array, Float64Array]
    for (let rank = 0; rank < 4; rank++) {
      const spread = Math.sqrt(energy(problem, before.subarray(rank * 5, (rank + 1) * 5)))
      const length = Math.hypot(...Array.from({ length: 6 }, (_, row) => after[row * 4 + rank] as number))
      expect(spread).toBeCloseTo(length, 8)
    }
  })

  test.each<[SchemeKind, number[]]>([
    ['spatial', [3]],
    ['tucker', [3, 4]],
  ])('%s: the last stage is the best there is behind the first ones', async (scheme, ranks) => {
    const problem = await problemOf([6, 4, 3, 2], isWeighted)
    const { whole } = await factorize(problem, scheme, ranks)
    const least = energy(problem, minus(problem.weights, whole))
    expect(least).toBeLessThan(energy(problem, problem.weights))
    // Scaled or moved along itself it only gets worse.
    for (const step of [-0.01, 0.01]) {
      const moved = whole.map((each) => each * (1 + step))
      expect(energy(problem, minus(problem.weights, moved))).toBeGreaterThan(least)
    }
  })
})

test.each<[SchemeKind, number[]]>([
  ['pair', [6]],
  ['spatial', [12]],
  ['tucker', [4, 6]],
])('%s of full rank loses nothing', async (scheme, ranks) => {
  const problem = await problemOf([6, 4, 3, 2])
  const { whole } = await factorize(problem, scheme, ranks)
  expect(largest(minus(problem.weights, whole))).toBeLessThan(1e-5)
})

test('spectra of spatial and Tucker stages are those of their unfoldings', async () => {
  const problem = await problemOf([6, 4, 3, 2], false)
  const spectra = await spectraOf(problem, ['spatial', 'tucker'])
  const [spatial, tucker] = spectra
  // Rows (output, column of the kernel), columns (channel, row of the kernel).
  const w = (o: number, c: number, i: number, j: number) =>
    problem.weights[((o * 4 + c) * 3 + i) * 2 + j] as number
  const byRows = Array.from({ length: 12 * 12 }, (_, at) => {
    const [row, column] = [Math.floor(at / 12), at % 12]
    return w(Math.floor(row / 2), Math.floor(column / 3), column % 3, row % 2)
  })
  const byChannels = Array.from({ length: 36 * 4 }, (_, at) => {
    const [row, channel] = [Math.floor(at / 4), at % 4]
    return w(Math.floor(row / 6), channel, Math.floor((row % 6) / 2), row % 2)
  })
  expect(spatial?.tails[0]?.[0]).toBeCloseTo(1, 10)
  expect(spatial?.tails[0]?.[1]).toBeCloseTo(1 - largestShare(byRows, 12), 6)
  expect(tucker?.tails[0]?.[1]).toBeCloseTo(1 - largestShare(byChannels, 4), 6)
  expect(tucker?.tails[1]?.[1]).toBeCloseTo(1 - largestShare(problem.weights, 24), 6)
})

/** Largest eigenvalue of AᵀA over its trace, by power iteration. */
function largestShare(a: ArrayLike<number>, columns: number): number {
  const gram = times(flipped(a, columns), a, a.length / columns)
  let vector = randomNumbers(columns, 5)
  let value = 0
  for (let step = 0; step < 3000; step++) {
    const next = times(gram, vector, columns)
    value = Math.hypot(...next)
    vector = next.map((each) => each / value)
  }
  return value / gram.reduce((sum, each, at) => sum + (at % (columns + 1) === 0 ? each : 0), 0)
}

test('weights that are no numbers are refused', async () => {
  const b = new LayerBuilder()
  b.output(b.node('Gemm', [b.input('x', [1, 2]), b.weight([Number.NaN, 1, 2, 3], [2, 2])]))
  await expect(makeProblem(onlyLayer(b.model), undefined, 0.01)).rejects.toMatchObject({
    code: 'BAD_ARGUMENT',
  })
})
