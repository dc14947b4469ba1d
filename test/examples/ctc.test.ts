import { runModule } from './runModule'

const decode = (paths: number[][]) =>
  runModule(`
    import { decodePath } from './ctc.mjs'
    give(${JSON.stringify(paths)}.map((path) => decodePath(path, ['', 'a', 'b', ' '])))
  `)

describe('CTC greedy decoding', () => {
  test('repeats are one character, blanks none, a blank keeps a double letter', () => {
    const paths = [[0, 1, 1, 0, 2, 2], [1, 0, 1], [1, 1, 1], [0, 0], [], [1, 3, 3, 2], [1, 2, 1]]
    expect(decode(paths)).toEqual(['ab', 'aa', 'a', '', '', 'a b', 'aba'])
  })

  test('takes the likeliest class of each step, the first of equals', () => {
    const result = runModule(`
      import { argMax, decodeGreedy } from './ctc.mjs'
      const scores = Float32Array.of(0.1, 0.7, 0.2, 0.6, 0.2, 0.2, 0.4, 0.4, 0.2, -3, -2, -1)
      give({ path: [...argMax(scores, 3)], text: decodeGreedy(scores, ['', 'x', 'y']) })
    `)
    expect(result).toEqual({ path: [1, 0, 0, 2], text: 'xy' })
  })

  test('the dictionary has a class for every output of the recognizer', () => {
    const result = runModule(`
      import { loadCharacters } from './ctc.mjs'
      import { dictionary } from './models.mjs'
      const characters = await loadCharacters(dictionary)
      give({ count: characters.length, first: characters[0], last: characters.at(-1), empty: characters.indexOf('', 1) })
    `)
    expect(result).toEqual({ count: 6625, first: '', last: ' ', empty: -1 })
  })
})
