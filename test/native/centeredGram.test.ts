import { centeredGram, type GramMatrix } from '../../src/calibrate'

/** Two groups of three features over four rows. */
const groups = [
  [
    [1, 2, 3],
    [2, 4, 1],
    [5, -1, 0],
    [0, 3, 8],
  ],
  [
    [1, 1, 1],
    [1, 1, 1],
    [1, 1, 1],
    [1, 1, 1],
  ],
]

const means = groups.map((rows) => [0, 1, 2].map((i) => rows.reduce((sum, row) => sum + row[i]!, 0) / 4))
const pairs = [0, 1, 2].flatMap((i) => [0, 1, 2].map((j) => [i, j] as const))

const matrix: GramMatrix = {
  features: 3,
  groups: 2,
  rows: 4,
  gram: Float64Array.from(
    groups.flatMap((rows) => pairs.map(([i, j]) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0))),
  ),
  means: Float64Array.from(means.flat()),
}

describe('centeredGram', () => {
  test.each([0, 1])('is the covariance of group %i', (group) => {
    const centered = centeredGram(matrix, group)
    for (const [at, [i, j]] of pairs.entries()) {
      const products = groups[group]!.map(
        (row) => (row[i]! - means[group]![i]!) * (row[j]! - means[group]![j]!),
      )
      expect(centered[at]).toBeCloseTo(products.reduce((sum, product) => sum + product, 0) / 4, 12)
    }
  })

  test('leaves the matrix as it was', () => {
    const before = matrix.gram.slice()
    centeredGram(matrix)
    expect(matrix.gram).toEqual(before)
  })

  test('refuses a group that is not there', () => {
    expect(() => centeredGram(matrix, 2)).toThrow('Expected a group from 0 to 1 for centeredGram, received 2')
  })
})
