import { patternsOf } from '../../src/analysis'

/** Flags of a weight [outputs, taps, channels]: 1 where `isNonZero` says so. */
function weight(
  [outputs, taps, channels]: [number, number, number],
  isNonZero: (output: number, tap: number, channel: number) => boolean,
) {
  const flags = new Uint8Array(outputs * taps * channels)
  for (let index = 0; index < flags.length; index++) {
    const channel = index % channels
    const tap = Math.floor(index / channels) % taps
    flags[index] = isNonZero(Math.floor(index / (taps * channels)), tap, channel) ? 1 : 0
  }
  return { outputs, taps, channels, flags }
}

/** Looks random, and is the same each time. */
const coin = (...of: number[]) =>
  Math.abs(Math.sin(of.reduce((sum, each) => sum * 31.7 + each, 7.3) * 1e4)) % 1
const inBlocks =
  (rows: number, columns: number, zeros: number) => (output: number, tap: number, channel: number) =>
    coin(Math.floor(output / rows), tap, Math.floor(channel / columns)) > zeros

describe.each([
  [32, 4],
  [16, 4],
  [8, 4],
  [4, 4],
  [8, 1],
  [4, 1],
])('blocks of %d outputs and %d channels', (rows, columns) => {
  test.each([
    [[64, 1, 128], 'a matrix'],
    [[64, 9, 32], 'a kernel of 3x3'],
    [[70, 3, 31], 'ragged ends'],
  ] as [[number, number, number], string][])('are found in %j, %s', (shape, _) => {
    expect(patternsOf(weight(shape, inBlocks(rows, columns, 0.7)))).toEqual([`${rows}x${columns}`])
  })
})

test.each([
  [1, 4],
  [2, 4],
  [4, 8],
])('%d:%d is found along the channels of each kernel position', (n, m) => {
  const keeps = (output: number, tap: number, channel: number) => {
    const group = Array.from({ length: m }, (_, index) => coin(output, tap, channel - (channel % m) + index))
    return group.filter((other) => other > (group[channel % m] as number)).length < n
  }
  expect(patternsOf(weight([16, 9, 64], keeps))).toEqual([`${n}:${m}`])
  expect(patternsOf(weight([16, 1, 66], keeps))).toEqual([])
})

test('blocks may follow N:M too', () => {
  const everyOther = weight([32, 1, 64], (output, _, channel) => (Math.floor(output / 4) + channel) % 2 === 0)
  expect(patternsOf(everyOther)).toEqual(['4x1', '2:4'])
})

test('scattered zeros are no pattern, nor are a few zeros', () => {
  expect(patternsOf(weight([64, 1, 128], (...at) => coin(...at) > 0.6))).toEqual([])
  expect(patternsOf(weight([64, 1, 128], inBlocks(4, 4, 0.1)))).toEqual([])
  expect(patternsOf(weight([64, 1, 128], () => true))).toEqual([])
})

test('a few stray zeros do not hide blocks', () => {
  const isKept = inBlocks(8, 4, 0.6)
  const stray = weight([64, 1, 256], (...at) => isKept(...at) && coin(...at, 5) > 0.02)
  expect(patternsOf(stray)).toEqual(['8x4'])
})
