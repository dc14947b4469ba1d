import type { SparsityPattern } from '../../../src/native'
import type { Inputs } from '../../../src/passes/prune/columns'
import { type How, pruneMatrix } from '../../../src/passes/prune/pruneMatrix'
import { randomNumbers } from '../simplify/support'
import { zerosOf } from './support'

const [rows, columns] = [6, 8]
const weights = Float32Array.from(randomNumbers(rows * columns, 3))
/** Inputs of very different sizes, the first ones small, with a mean. */
const sizes = Float64Array.from({ length: columns }, (_, column) => 0.1 + column)
const inputs: Inputs = {
  covariance: Float64Array.from({ length: columns * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns]
    return sizes[i]! * sizes[j]! * (i === j ? 1 : 0.6)
  }),
  means: Float64Array.from(sizes, (size) => size / 2),
}
const half: SparsityPattern = { kind: 'unstructured', ratio: 0.5 }
const how = (options: Partial<How>): How => ({
  pattern: half,
  score: 'obs',
  reconstruct: true,
  damping: undefined,
  ...options,
})
const run = (options: Partial<How>) => pruneMatrix(weights, columns, inputs, how(options))
const blindly = (options: Partial<How>) => pruneMatrix(weights, columns, undefined, how(options))

/** tr((w − ŵ) C (w − ŵ)ᵀ) */
function lossOf(pruned: Float32Array): number {
  let loss = 0
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < columns; i++)
      for (let j = 0; j < columns; j++) {
        const error = (at: number) => weights[row * columns + at]! - pruned[row * columns + at]!
        loss += error(i) * inputs.covariance[i * columns + j]! * error(j)
      }
  return loss
}

const ranked = (scores: readonly number[]) =>
  scores.map((_, at) => at).sort((p, q) => scores[p]! - scores[q]!)

test('by magnitude the smallest go, the others stay as they are', async () => {
  const gone = new Set(ranked([...weights].map(Math.abs)).slice(0, 24))
  const { weights: left, mask } = await blindly({ score: 'magnitude', reconstruct: false })
  left.forEach((weight, at) => {
    expect(weight).toBe(gone.has(at) ? 0 : weights[at])
    expect(mask[at]).toBe(gone.has(at) ? 0 : 1)
  })
})

test('without inputs every score is magnitude, and nothing is solved for', async () => {
  const magnitude = await blindly({ score: 'magnitude', reconstruct: false })
  for (const score of ['wanda', 'obs'] as const) expect(await blindly({ score })).toEqual(magnitude)
})

test('by Wanda each output loses its own least |w| · √mean(x²)', async () => {
  const { weights: left } = await run({ score: 'wanda', reconstruct: false })
  for (let row = 0; row < rows; row++) {
    const scores = Array.from({ length: columns }, (_, column) => {
      const square = inputs.covariance[column * (columns + 1)]! + inputs.means[column]! ** 2
      return Math.abs(weights[row * columns + column]!) * Math.sqrt(square)
    })
    const gone = new Set(ranked(scores).slice(0, 4))
    for (let column = 0; column < columns; column++)
      expect(left[row * columns + column]).toBe(gone.has(column) ? 0 : weights[row * columns + column])
  }
})

test.each(['magnitude', 'wanda'] as const)(
  'solving for what %s leaves changes no zeros and loses less',
  async (score) => {
    const [masked, solved] = [await run({ score, reconstruct: false }), await run({ score })]
    expect(solved.mask).toEqual(masked.mask)
    expect(lossOf(solved.weights)).toBeLessThan(0.9 * lossOf(masked.weights))
  },
)

test('OBS loses least; its masks can be had alone', async () => {
  const solved = await run({})
  expect(lossOf(solved.weights)).toBeLessThanOrEqual(lossOf((await run({ score: 'wanda' })).weights))
  const masked = await run({ reconstruct: false })
  expect(masked.mask).toEqual(solved.mask)
  masked.weights.forEach((weight, at) => {
    expect(weight).toBe(masked.mask[at] ? weights[at] : 0)
  })
})

test.each<[SparsityPattern, number]>([
  [half, 24],
  [{ kind: 'nOfM', n: 1, m: 4 }, 36],
  [{ kind: 'block', rows: 2, columns: 4, ratio: 0.5 }, 24],
])('%j by every score', async (pattern, zeros) => {
  for (const score of ['magnitude', 'wanda', 'obs'] as const)
    expect(zerosOf((await run({ pattern, score })).weights)).toBe(zeros)
})

test('NaN is refused', async () => {
  const broken = weights.slice()
  broken[3] = Number.NaN
  for (const score of ['magnitude', 'obs'] as const)
    await expect(pruneMatrix(broken, columns, inputs, how({ score }))).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
    })
})
