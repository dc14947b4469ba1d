import { type SparsityPattern, selectMask } from '../../src/native'
import { refusal, values } from './values'

/** Scores of units (elements, or blocks as lists of indices), the `zeros` least of which go. */
function without(scores: Float32Array, units: number[][], zeros: number, mask: Uint8Array): void {
  const sums = units.map((unit) => unit.reduce((sum, i) => sum + scores[i]!, 0))
  const order = units.map((_, i) => i).sort((a, b) => sums[b]! - sums[a]! || a - b)
  for (const unit of order.slice(units.length - zeros)) for (const i of units[unit]!) mask[i] = 0
}

function grouped(count: number, keyOf: (i: number) => string): number[][] {
  const groups = new Map<string, number[]>()
  for (let i = 0; i < count; i++) groups.set(keyOf(i), [...(groups.get(keyOf(i)) ?? []), i])
  return [...groups.values()]
}

function twin(scores: Float32Array, columns: number, pattern: SparsityPattern): Uint8Array {
  const mask = new Uint8Array(scores.length).fill(1)
  if (pattern.kind === 'nOfM') {
    for (const group of grouped(scores.length, (i) => `${Math.floor(i / pattern.m)}`))
      without(
        scores,
        group.map((i) => [i]),
        pattern.m - pattern.n,
        mask,
      )
    return mask
  }
  const { rows: tall, columns: wide } = pattern.kind === 'block' ? pattern : { rows: 1, columns: 1 }
  const units = grouped(
    scores.length,
    (i) => `${Math.floor(Math.floor(i / columns) / tall)},${Math.floor((i % columns) / wide)}`,
  )
  without(scores, units, Math.floor(pattern.ratio * units.length), mask)
  return mask
}

describe('selectMask', () => {
  test.each<[number, number, SparsityPattern]>([
    [9, 24, { kind: 'unstructured', ratio: 0.5 }],
    [9, 24, { kind: 'unstructured', ratio: 0 }],
    [9, 24, { kind: 'unstructured', ratio: 1 }],
    [9, 24, { kind: 'nOfM', n: 2, m: 4 }],
    [9, 24, { kind: 'nOfM', n: 5, m: 24 }],
    [9, 24, { kind: 'block', rows: 4, columns: 1, ratio: 0.5 }],
    [9, 22, { kind: 'block', rows: 4, columns: 4, ratio: 0.75 }],
    [3, 5, { kind: 'block', rows: 16, columns: 16, ratio: 0.9 }],
    [0, 24, { kind: 'nOfM', n: 2, m: 4 }],
  ])('%i x %i, %j', async (rows, columns, pattern) => {
    const scores = values(rows * columns, 7)
    expect(await selectMask(scores, rows, columns, pattern)).toEqual(twin(scores, columns, pattern))
    const ties = scores.map(Math.round)
    expect(await selectMask(ties, rows, columns, pattern)).toEqual(twin(ties, columns, pattern))
  })

  test('a million scores', async () => {
    const scores = values(1_000_000, 8).map(Math.abs)
    const mask = await selectMask(scores, 1000, 1000, { kind: 'unstructured', ratio: 0.3 })
    expect(mask.reduce((sum, kept) => sum + kept, 0)).toBe(700_000)
    const threshold = scores.slice().sort()[300_000]!
    const wrong = mask.findIndex((kept, i) => (kept ? scores[i]! < threshold : scores[i]! > threshold))
    expect(wrong).toBe(-1)
  })

  const pattern: SparsityPattern = { kind: 'unstructured', ratio: 0.5 }
  test.each<[string, () => Promise<Uint8Array>, RegExp]>([
    ['NaN', () => selectMask(Float32Array.of(1, Number.NaN), 1, 2, pattern), /numbers for scores .* NaN/],
    [
      'blocks whose sum is NaN',
      () =>
        selectMask(Float32Array.of(Infinity, -Infinity), 1, 2, {
          kind: 'block',
          rows: 1,
          columns: 2,
          ratio: 0.5,
        }),
      /numbers for scores/,
    ],
    [
      'other sizes',
      () => selectMask(new Float32Array(5), 2, 3, pattern),
      /6 elements for scores .* received 5/,
    ],
    ['no pattern', () => selectMask(new Float32Array(6), 2, 3, undefined as never), /a pattern of the kind/],
    [
      'NaN as a ratio',
      () => selectMask(new Float32Array(6), 2, 3, { ...pattern, ratio: Number.NaN }),
      /from 0 to 1/,
    ],
    [
      'float64 scores',
      () => selectMask(new Float64Array(6) as never, 2, 3, pattern),
      /a Float32Array for scores/,
    ],
  ])('refuses %s', async (_, call, message) => {
    const error = await refusal(call())
    expect(error.code).toBe('BAD_ARGUMENT')
    expect(error.message).toMatch(message)
  })
})
