import { type Arrangement, arrange } from '../../src/samples/pixels'

const plain: Arrangement = { layout: 'NHWC', channels: 'RGB', scale: 1, mean: 0, std: 1 }
// Two pixels: red-ish and blue-ish.
const pixels = Uint8Array.of(200, 10, 20, 30, 40, 250)

test.each([
  [{}, [200, 10, 20, 30, 40, 250]],
  [{ layout: 'NCHW' }, [200, 30, 10, 40, 20, 250]],
  [{ channels: 'BGR' }, [20, 10, 200, 250, 40, 30]],
  [{ channels: 'BGR', layout: 'NCHW' }, [20, 250, 10, 40, 200, 30]],
  [{ scale: 0.5, mean: 5, std: 10 }, [9.5, 0, 0.5, 1, 1.5, 12]],
  [{ mean: [100, 0, 0], std: [1, 2, 10] }, [100, 5, 2, -70, 20, 25]],
] as [Partial<Arrangement>, number[]][])('%j', (how, expected) => {
  expect([...arrange(pixels, 2, 1, { ...plain, ...how })]).toEqual(expected)
})

test('gray images have one channel', () => {
  expect([...arrange(Uint8Array.of(7, 9), 2, 1, { ...plain, channels: 'gray' })]).toEqual([7, 9])
})

test('channel settings follow the order of the channels', () => {
  const found = arrange(pixels, 2, 1, { ...plain, channels: 'BGR', mean: [20, 10, 200] })
  expect([...found.subarray(0, 3)]).toEqual([0, 0, 0])
})
