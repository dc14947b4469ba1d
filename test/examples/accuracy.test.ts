import { runModule } from './runModule'

/** Levenshtein straight from its definition. */
function slowDistance(from: string, to: string): number {
  if (!from.length || !to.length) return from.length + to.length
  const [a, b] = [from.slice(1), to.slice(1)]
  if (from[0] === to[0]) return slowDistance(a, b)
  return 1 + Math.min(slowDistance(a, to), slowDistance(from, b), slowDistance(a, b))
}

describe('accuracy', () => {
  test('edit distance agrees with its definition', () => {
    const texts = ['', 'a', 'ab', 'ba', 'kitten', 'sitten', 'sitting', 'aab', 'abab', 'bbb']
    const pairs = texts.flatMap((from) => texts.map((to) => [from, to] as const))
    const measured = runModule(`
      import { editDistance } from './accuracy.mjs'
      give(${JSON.stringify(pairs)}.map(([from, to]) => editDistance(from, to)))
    `)
    expect(measured).toEqual(pairs.map(([from, to]) => slowDistance(from, to)))
  })

  test('counts code points, not halves of them', () => {
    expect(
      runModule(`import { editDistance } from './accuracy.mjs'; give(editDistance('𠮷野', '吉野'))`),
    ).toBe(1)
  })

  test('characters right is weighed by length, lines right by line', () => {
    const result = runModule(`
      import { accuracyOf } from './accuracy.mjs'
      give(accuracyOf([
        { text: 'abcdefgh', read: 'abcdefgh' },
        { text: 'xy', read: 'xyz' },
      ]))
    `)
    expect(result).toEqual({ lines: 2, characters: 10, edits: 1, charactersRight: 0.9, linesRight: 0.5 })
  })
})
