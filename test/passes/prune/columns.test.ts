import type { GramMatrix } from '../../../src/calibrate/gramRequest'
import { channelsInnermost, inputsOf, reordered, restored } from '../../../src/passes/prune/columns'
import { randomNumbers } from '../simplify/support'

const shape = { groups: 1, rows: 2, columns: 6, channels: 3, taps: 2 }

test('kernel positions first, then channels', () => {
  expect([...channelsInnermost(shape)!]).toEqual([0, 2, 4, 1, 3, 5])
})

test('where both orders are the same there is nothing to do', () => {
  expect(channelsInnermost({ ...shape, columns: 3, taps: 1 })).toBeUndefined()
  expect(channelsInnermost({ ...shape, columns: 2, channels: 1 })).toBeUndefined()
  const matrix = Float32Array.of(1, 2, 3)
  expect(reordered(matrix, undefined)).toBe(matrix)
  expect(restored(matrix, undefined)).toBe(matrix)
})

test('there and back', () => {
  const matrix = Float32Array.from({ length: 12 }, (_, at) => at)
  const order = channelsInnermost(shape)
  expect([...reordered(matrix, order)]).toEqual([0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11])
  expect(restored(reordered(matrix, order), order)).toEqual(matrix)
})

describe('what inputs are like', () => {
  const [rows, features, groups] = [20, 6, 2]
  const patches = Array.from({ length: groups * rows }, (_, at) =>
    randomNumbers(features, at + 1).map((x) => x + 0.5),
  )
  const of = (group: number) => patches.slice(group * rows, (group + 1) * rows)
  const mean = (group: number, i: number) => of(group).reduce((sum, patch) => sum + patch[i]! / rows, 0)
  const product = (group: number, i: number, j: number) =>
    of(group).reduce((sum, patch) => sum + patch[i]! * patch[j]!, 0)
  const each = <T>(length: number, make: (at: number) => T) => Array.from({ length }, (_, at) => make(at))
  const gram: GramMatrix = {
    features,
    groups,
    rows,
    gram: Float64Array.from(
      each(groups * 36, (at) => product(Math.floor(at / 36), Math.floor((at % 36) / 6), at % 6)),
    ),
    means: Float64Array.from(each(groups * 6, (at) => mean(Math.floor(at / 6), at % 6))),
  }

  test.each([undefined, channelsInnermost(shape)])(
    'covariance and means of one group, in order %p',
    (order) => {
      const { covariance, means } = inputsOf(gram, 1, order, true)
      const at = (place: number) => (order ? order[place]! : place)
      for (let i = 0; i < 6; i++) {
        expect(means[i]).toBeCloseTo(mean(1, at(i)), 12)
        for (let j = 0; j < 6; j++)
          expect(covariance[i * 6 + j]).toBeCloseTo(
            product(1, at(i), at(j)) / rows - mean(1, at(i)) * mean(1, at(j)),
            12,
          )
      }
    },
  )

  test('the mean is part of what varies where no bias takes it', () => {
    const { covariance, means } = inputsOf(gram, 0, undefined, false)
    expect([...means]).toEqual([0, 0, 0, 0, 0, 0])
    expect(covariance[7]).toBeCloseTo(product(0, 1, 1) / rows, 12)
  })
})
