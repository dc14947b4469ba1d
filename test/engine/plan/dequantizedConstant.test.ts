import { dequantizedConstant } from '../../../src/engine/plan/dequantizedConstant'
import { Fact, type Quantization } from '../../../src/engine/plan/fact'
import { type DataType, Tensor } from '../../../src/ir'

const SHAPE = [3, 4, 5]

/** Integers from `low` on, and the tensor that holds them. */
function integers(type: DataType, low: number) {
  const numbers = Array.from({ length: 60 }, (_, at) => low + ((at * 7) % 16))
  if (!type.endsWith('4')) {
    const array = { int8: Int8Array, uint8: Uint8Array, int32: Int32Array }[type as 'int8']
    return { numbers, q: Tensor.from(type, SHAPE, array.from(numbers)) }
  }
  const packed = Uint8Array.from(
    { length: 30 },
    (_, at) => ((numbers[2 * at] ?? 0) & 15) | (((numbers[2 * at + 1] ?? 0) & 15) << 4),
  )
  return { numbers, q: Tensor.from(type, SHAPE, packed) }
}

function constantOf(q: Tensor, by: Quantization): Tensor {
  const fact = new Fact('float32', SHAPE)
  fact.dequantized = { from: Fact.constant(q), by }
  return dequantizedConstant(fact)
}

/** Position of the scale of element `at`. */
type ScaleOf = (at: number) => number

describe.each<[string, number, number | undefined, readonly number[], ScaleOf]>([
  ['one scale', 1, undefined, [], () => 0],
  ['scales along the first axis', 0, undefined, [3], (at) => Math.floor(at / 20)],
  ['scales along the second axis', 1, undefined, [4], (at) => Math.floor(at / 5) % 4],
  ['scales along the last axis', 2, undefined, [5], (at) => at % 5],
  [
    'scales of blocks',
    1,
    3,
    [3, 2, 5],
    (at) => {
      const [outer, along, inner] = [Math.floor(at / 20), Math.floor(at / 5) % 4, at % 5]
      return (outer * 2 + Math.floor(along / 3)) * 5 + inner
    },
  ],
])('%s', (_, axis, block, scaleShape, scaleOf) => {
  test.each<[DataType, number]>([
    ['int8', -8],
    ['uint8', 3],
    ['int32', -1000],
    ['int4', -8],
    ['uint4', 0],
  ])('%s', (type, low) => {
    const { numbers, q } = integers(type, low)
    const count = scaleShape.reduce((all, each) => all * each, 1)
    const scales = Float32Array.from({ length: count }, (_, index) => 0.5 + index / 7)
    const by = { scale: Tensor.float32(scales, scaleShape), zeroPoint: undefined, axis, block }
    const expected = Float32Array.from(numbers, (number, at) => number * (scales[scaleOf(at)] ?? 0))
    const constant = constantOf(q, by)
    expect(constant.elements).toEqual(expected)
    for (const [start, end] of [
      [0, 60],
      [7, 8],
      [13, 47],
    ] as const) {
      const part = constant.byteSource.part?.(4 * start, 4 * (end - start)) ?? new Uint8Array()
      expect(new Float32Array(part.slice().buffer)).toEqual(expected.slice(start, end))
    }
    expect(constantOf(q, by)).toBe(constant)
  })
})

test('zero points are taken off', () => {
  const { numbers, q } = integers('uint8', 3)
  const [scale, zeroPoint] = [
    Tensor.float32([0.5, 2, 3], [3]),
    Tensor.from('uint8', [3], Uint8Array.of(4, 9, 0)),
  ]
  const expected = numbers.map((number, at) => {
    const channel = Math.floor(at / 20)
    return (number - ([4, 9, 0][channel] ?? 0)) * ([0.5, 2, 3][channel] ?? 0)
  })
  const { elements } = constantOf(q, { scale, zeroPoint, axis: 0, block: undefined })
  expect([...elements].map(Number)).toEqual(expected)
})
