import { type PruningProblem, pruneWeights, type SparsityPattern, selectMask } from '../../src/native'
import { runChild } from './child'
import { costOf, dampedGram, type Layer, layerOf, solutionOf } from './layer'
import { random, refusal } from './values'

/** Patterns, and the share of the error of magnitude and Wanda that may be left. */
const patterns: [SparsityPattern, number][] = [
  [{ kind: 'unstructured', ratio: 0.5 }, 0.1],
  [{ kind: 'unstructured', ratio: 0.8 }, 0.1],
  [{ kind: 'nOfM', n: 2, m: 4 }, 0.1],
  [{ kind: 'nOfM', n: 1, m: 16 }, 0.6],
  [{ kind: 'block', rows: 4, columns: 1, ratio: 0.5 }, 0.1],
  [{ kind: 'block', rows: 8, columns: 4, ratio: 0.5 }, 0.1],
]

/** What pruning by scores alone leaves. */
async function zeroed(
  layer: Layer,
  pattern: SparsityPattern,
  score: (weight: number, diagonal: number) => number,
) {
  const { weights, rows, columns, gram } = layer
  const scores = weights.map((weight, i) => score(weight, gram[(i % columns) * (columns + 1)]!))
  const mask = await selectMask(scores, rows, columns, pattern)
  return weights.map((weight, i) => weight * mask[i]!)
}

/** Least squares of a row over the weights that its mask keeps. */
function exactRow(layer: Layer, gram: Float64Array, mask: Uint8Array, row: number): number[] {
  const { weights, columns } = layer
  const all = Array.from({ length: columns }, (_, j) => j)
  const kept = all.filter((j) => mask[row * columns + j] === 1)
  const at = (i: number, j: number) => gram[i * columns + j]!
  const solution = solutionOf(
    kept.map((i) => kept.map((j) => at(i, j))),
    kept.map((i) => all.reduce((sum, j) => sum + at(i, j) * weights[row * columns + j]!, 0)),
  )
  return all.map((j) => (kept.includes(j) ? solution[kept.indexOf(j)]! : 0))
}

describe('pruneWeights', () => {
  test.each(patterns)('%j leaves less than %f of what magnitude and Wanda leave', async (pattern, share) => {
    const layer = layerOf(32, 64, 3)
    const { weights, mask, damping } = await pruneWeights({ ...layer, pattern })
    expect(damping).toBe(0.01)
    expect(await selectMask(Float32Array.from(mask), 32, 64, pattern)).toEqual(mask)
    expect(weights.every((weight, i) => mask[i] === 1 || weight === 0)).toBe(true)
    const magnitude = await zeroed(layer, pattern, (weight) => weight ** 2)
    const wanda = await zeroed(layer, pattern, (weight, diagonal) => weight ** 2 * diagonal)
    expect(costOf(layer, weights)).toBeLessThan(share * costOf(layer, magnitude))
    expect(costOf(layer, weights)).toBeLessThan(share * costOf(layer, wanda))
  })

  test.each([0.3, 0.7])('a mask that keeps %f is solved by least squares', async (kept) => {
    const layer = layerOf(8, 40, 4)
    const next = random(5)
    const mask = Uint8Array.from(layer.weights, () => (next() < kept ? 1 : 0))
    const before = mask.slice()
    const result = await pruneWeights({ ...layer, mask, damping: 0.05 })
    expect(result.mask).toEqual(before)
    expect(result.mask).not.toBe(mask)
    const gram = dampedGram(layer, 0.05)
    const exact = Array.from({ length: 8 }, (_, row) => exactRow(layer, gram, mask, row)).flat()
    const cost = (weights: ArrayLike<number>) => costOf({ ...layer, gram }, weights)
    expect(cost(result.weights)).toBeLessThan(cost(exact) * (1 + 1e-6))
    const distance = Math.hypot(...exact.map((weight, i) => weight - result.weights[i]!))
    expect(distance).toBeLessThan(1e-3 * Math.hypot(...exact))
  })

  test('any number but 0 in a mask keeps', async () => {
    const layer = layerOf(2, 8, 1)
    const { mask, weights } = await pruneWeights({ ...layer, mask: new Uint8Array(16).fill(255) })
    expect(mask).toEqual(new Uint8Array(16).fill(1))
    expect(weights).toEqual(layer.weights)
  })

  test('weights of inputs that are never used go first', async () => {
    const layer = layerOf(4, 24, 6)
    const dead = (j: number) => j % 6 === 1
    const gram = layer.gram.map((value, i) => (dead(i % 24) || dead(Math.floor(i / 24)) ? 0 : value))
    const { mask } = await pruneWeights({ ...layer, gram, pattern: { kind: 'unstructured', ratio: 0.25 } })
    expect(mask.every((kept, i) => !dead(i % 24) || kept === 0)).toBe(true)
  })

  test('says how much damping a singular matrix took', async () => {
    // 1 on the diagonal and −0.2 elsewhere: the least eigenvalue is 1 − 11 · 0.2.
    const gram = Float64Array.from({ length: 144 }, (_, i) => (i % 13 === 0 ? 1 : -0.2))
    const layer = { ...layerOf(3, 12, 2), gram }
    const { damping } = await pruneWeights({ ...layer, pattern: { kind: 'nOfM', n: 1, m: 2 }, damping: 0.2 })
    expect(damping).toBe(2)
  })

  test('the number of threads does not change a bit', () => {
    const script = `
      const next = ((s) => () => (s = (s * 16807) % 2147483647) / 2147483647)(7)
      const columns = 130, rows = 70
      const weights = Float32Array.from({ length: rows * columns }, () => next() - 0.5)
      const x = Array.from({ length: 300 }, () => Array.from({ length: columns }, () => next()))
      const gram = new Float64Array(columns ** 2)
      for (const row of x) for (let i = 0; i < gram.length; i++) gram[i] += row[Math.floor(i / columns)] * row[i % columns]
      native.pruneWeights({ weights, rows, columns, gram, pattern: { kind: 'unstructured', ratio: 0.6 } }).then((r) =>
        console.log(require('node:crypto').createHash('sha256').update(r.weights).update(r.mask).digest('hex')))`
    const digests = ['1', '2', '5'].map((threads) => runChild(script, { ONNXPRESS_THREADS: threads }).stdout)
    expect(digests[0]).toMatch(/^[0-9a-f]{64}/)
    expect(new Set(digests).size).toBe(1)
  })

  const good = { ...layerOf(3, 4, 5), pattern: { kind: 'unstructured', ratio: 0.5 } } as PruningProblem
  test.each<[string, object, RegExp]>([
    [
      'both a pattern and a mask',
      { mask: new Uint8Array(12) },
      /either a pattern or a mask .* received "both"/,
    ],
    ['neither', { pattern: undefined }, /either a pattern or a mask .* received "neither"/],
    ['a mask of another size', { pattern: undefined, mask: new Uint8Array(3) }, /12 elements for mask/],
    ['a mask of another type', { pattern: undefined, mask: new Int8Array(12) }, /a Uint8Array for mask/],
    ['a ratio in percent', { pattern: { kind: 'unstructured', ratio: 30 } }, /number from 0 to 1 for ratio/],
    ['an m that does not divide', { pattern: { kind: 'nOfM', n: 1, m: 3 } }, /a divisor of 4 columns for m/],
    ['more than m of m', { pattern: { kind: 'nOfM', n: 5, m: 4 } }, /at most m = 4 for n/],
    [
      'blocks without rows',
      { pattern: { kind: 'block', rows: 0, columns: 1, ratio: 0.5 } },
      /1 for rows of a block/,
    ],
    ['an unknown pattern', { pattern: { kind: 'stripes' } }, /a pattern of the kind/],
    ['a gram of another size', { gram: new Float64Array(12) }, /16 elements for gram/],
    ['negative damping', { damping: -1 }, /a finite number of at least 0 for damping/],
    [
      'NaN weights',
      { weights: new Float32Array(12).fill(Number.NaN) },
      /finite numbers for weights and gram/,
    ],
    ['NaN in gram', { gram: new Float64Array(16).fill(Number.NaN) }, /finite numbers for weights and gram/],
    [
      'what is no Gram matrix',
      { gram: Float64Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : -100)) },
      /a positive semi-definite matrix/,
    ],
  ])('refuses %s', async (_, change, message) => {
    const error = await refusal(pruneWeights({ ...good, ...change }))
    expect(error.code).toBe('BAD_ARGUMENT')
    expect(error.message).toMatch(message)
  })
})
