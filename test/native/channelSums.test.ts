import { channelSums } from '../../src/native'
import { channelOf, layouts, refusal, sizeOf, values } from './values'

describe('channelSums', () => {
  test.each(layouts)('%j', async (layout) => {
    const x = values(sizeOf(layout))
    const want = new Float64Array(layout.channels)
    const magnitudes = new Float64Array(layout.channels)
    x.forEach((v, i) => {
      const c = channelOf(layout, i)
      want[c] = (want[c] ?? 0) + v
      magnitudes[c] = (magnitudes[c] ?? 0) + Math.abs(v)
    })
    const got = await channelSums(x, layout)
    got.forEach((sum, c) => {
      // Two sums of n terms, each addition rounded once.
      const bound = 2 * layout.outer * layout.inner * 2 ** -53 * (magnitudes[c] ?? 0)
      expect(Math.abs(sum - (want[c] ?? 0))).toBeLessThanOrEqual(bound)
    })
  })

  test('no elements, sums of 0', async () => {
    expect([...(await channelSums(new Float32Array(0), { outer: 0, channels: 3, inner: 2 }))]).toEqual([
      0, 0, 0,
    ])
  })

  test('refuses a layout that does not fit', async () => {
    const error = await refusal(channelSums(new Float32Array(5), { outer: 1, channels: 2, inner: 2 }))
    expect(error.message).toBe(
      'Expected outer * channels * inner = 5 for layout of channelSums, received "1 * 2 * 2"',
    )
  })
})
