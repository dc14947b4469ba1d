import { gramNorms } from '../../src/native'
import { refusal, values } from './values'

const [rows, columns] = [7, 45]
const x = values(rows * columns, 3)
const factors = values(columns * 60, 5)

/** Sums of outer products; what stands above the diagonal is nonsense. */
const full = Float64Array.from({ length: columns * columns }, (_, at) => {
  const [i, j] = [Math.floor(at / columns), at % columns]
  let sum = 0
  for (let k = 0; k < 60; k++) sum += factors[k * columns + i]! * factors[k * columns + j]!
  return sum
})
const lower = full.map((each, at) => (at % columns > Math.floor(at / columns) ? Number.NaN : each))

test('the square of each row in the matrix, read from its lower triangle alone', async () => {
  const norms = await gramNorms(x, rows, columns, lower)
  for (let row = 0; row < rows; row++) {
    let [want, size] = [0, 0]
    for (let i = 0; i < columns; i++)
      for (let j = 0; j < columns; j++) {
        const term = x[row * columns + i]! * full[i * columns + j]! * x[row * columns + j]!
        want += term
        size += Math.abs(term)
      }
    expect(Math.abs(norms[row]! - want)).toBeLessThanOrEqual(4 * columns * 2 ** -53 * size)
  }
})

test('of no rows there are none', async () => {
  expect(await gramNorms(new Float32Array(0), 0, columns, lower)).toHaveLength(0)
})

test.each<[string, () => Promise<unknown>, RegExp]>([
  [
    'other elements',
    () => gramNorms(new Float64Array(9) as never, 1, 9, new Float64Array(81)),
    /Expected a Float32Array for x of gramNorms/,
  ],
  ['rows too few', () => gramNorms(x, rows + 1, columns, lower), /360 elements for x of gramNorms/],
  [
    'another matrix',
    () => gramNorms(x, rows, columns, new Float64Array(9)),
    /2025 elements for gram of gramNorms/,
  ],
  [
    'a float matrix',
    () => gramNorms(x, rows, columns, new Float32Array(2025) as never),
    /a Float64Array for gram/,
  ],
])('refuses %s', async (_, call, message) => {
  expect(await refusal(call())).toMatchObject({
    code: 'BAD_ARGUMENT',
    message: expect.stringMatching(message),
  })
})
