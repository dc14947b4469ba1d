import { Tensor } from '../../../src/ir'
import { float16Bits } from '../../../src/onnx/upgrade/float16Bits'

const read = (bits: number) => Tensor.from('float16', [], Uint16Array.of(bits)).toNumbers()[0] as number

test('every float16 comes back as itself', () => {
  const wrong = Array.from({ length: 0x10000 }, (_, bits) => bits).filter((bits) => {
    const number = read(bits)
    return !Number.isNaN(number) && float16Bits(number) !== bits
  })
  expect(wrong).toEqual([])
  expect(read(float16Bits(Number.NaN))).toBeNaN()
})

test('numbers between two go to the nearer, ties to the even one', () => {
  for (const [number, expected] of [
    [1 + 1 / 2048, 1],
    [1 + 3 / 2048, 1 + 2 / 1024],
    [1 + 1.01 / 2048, 1 + 1 / 1024],
    [65519, 65504],
    [65520, Number.POSITIVE_INFINITY],
    [-1e9, Number.NEGATIVE_INFINITY],
    [2 ** -25, 0],
    [1.01 * 2 ** -25, 2 ** -24],
    [2047.9999, 2048],
    [2 ** -14 * (1 - 2 ** -12), 2 ** -14],
  ] as const)
    expect([number, read(float16Bits(number))]).toEqual([number, expected])
})
