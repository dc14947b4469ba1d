import { gramAccumulate, type PatchGeometry } from '../../src/native'
import { difference, refusal, values } from './values'

const geometry: PatchGeometry = {
  dims: [2, 4, 5, 6],
  kernel: [3, 2],
  strides: [2, 1],
  pads: [1, 0, 1, 1],
  dilations: [1, 2],
  group: 2,
}
const features = 12
/** floor((5 + 2 − 2 − 1) / 2) + 1 rows of floor((6 + 1 − 2 − 1) / 1) + 1. */
const [outHeight, outWidth] = [3, 5]

function zeros() {
  return { sums: new Float64Array(2 * features), gram: new Float64Array(2 * features ** 2) }
}

/** The patch at a position, by ONNX's words for Conv. */
function patch(x: Float32Array, group: number, position: number): number[] {
  const image = Math.floor(position / (outHeight * outWidth))
  const oy = Math.floor(position / outWidth) % outHeight
  const ox = position % outWidth
  return Array.from({ length: features }, (_, feature) => {
    const channel = group * 2 + Math.floor(feature / 6)
    const y = oy * 2 - 1 + (Math.floor(feature / 2) % 3)
    const column = ox + (feature % 2) * 2
    if (y < 0 || y >= 5 || column >= 6) return 0
    return x[((image * 4 + channel) * 5 + y) * 6 + column]!
  })
}

describe('gramAccumulate', () => {
  const x = values(240, 3)
  const positions = Int32Array.of(0, 1, 4, 7, 14, 15, 22, 29)

  test('sums up patches group by group, and goes on where it left off', async () => {
    const totals = zeros()
    await gramAccumulate(x, geometry, positions.subarray(0, 3), totals)
    await gramAccumulate(x, geometry, positions.subarray(3), totals)
    for (const group of [0, 1]) {
      const patches = [...positions].map((position) => patch(x, group, position))
      for (let row = 0; row < features; row++) {
        const sum = patches.reduce((total, each) => total + each[row]!, 0)
        expect(totals.sums[group * features + row]).toBe(sum)
        for (let column = 0; column <= row; column++) {
          const product = patches.reduce((total, each) => total + each[row]! * each[column]!, 0)
          expect(totals.gram[(group * features + row) * features + column]).toBe(product)
        }
      }
    }
  })

  test('does nothing without positions', async () => {
    const totals = zeros()
    await gramAccumulate(x, geometry, new Int32Array(0), totals)
    expect(difference(totals.gram, zeros().gram)).toBeUndefined()
  })

  test.each<[string, () => Promise<void>, RegExp]>([
    [
      'a longer x',
      () => gramAccumulate(values(241), geometry, positions, zeros()),
      /Expected dims of 241 elements/,
    ],
    [
      'a position beyond the output',
      () => gramAccumulate(x, geometry, Int32Array.of(30), zeros()),
      /Expected positions from 0 to 29 .*received 30/,
    ],
    [
      'a group that does not divide the channels',
      () => gramAccumulate(x, { ...geometry, group: 3 }, positions, zeros()),
      /Expected a divisor of 4 channels/,
    ],
    [
      'a stride of 0',
      () => gramAccumulate(x, { ...geometry, strides: [0, 1] }, positions, zeros()),
      /Expected 2 integers of at least 1 for strides/,
    ],
    [
      'a matrix of another size',
      () => gramAccumulate(x, geometry, positions, { ...zeros(), gram: new Float64Array(5) }),
      /Expected 288 elements for gram/,
    ],
  ])('refuses %s', async (_, call, message) => {
    const error = await refusal(call())
    expect(error.code).toBe('BAD_ARGUMENT')
    expect(error.message).toMatch(message)
  })
})
