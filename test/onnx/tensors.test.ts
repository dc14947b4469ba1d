import type { DataType } from '../../src/ir/dataType'
import { decodeTensor } from '../../src/onnx/decodeModel'
import { thrown } from './support/thrown'
import { field, float, int, join, onnx, varint } from './support/wire'

const packed = (number: number, values: (number | bigint)[]) => field(number, ...values.map(varint))
const floats = (...values: number[]) => field(4, new Uint8Array(Float32Array.from(values).buffer))
const doubles = (...values: number[]) => field(10, new Uint8Array(Float64Array.from(values).buffer))

/** Typed fields, and the bytes that the same elements have in `raw_data`. */
const LAYOUTS: [type: DataType, code: number, dims: number[], data: Uint8Array, raw: number[]][] = [
  ['float32', 1, [2], floats(1, -2), [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]],
  ['complex64', 14, [1], floats(1, -2), [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]],
  ['float64', 11, [1], doubles(1), [0, 0, 0, 0, 0, 0, 0xf0, 0x3f]],
  ['complex128', 15, [1], doubles(1, 0), [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0]],
  ['int32', 6, [2], packed(5, [-1, 258]), [255, 255, 255, 255, 2, 1, 0, 0]],
  ['int16', 5, [2], packed(5, [-2, 258]), [254, 255, 2, 1]],
  ['int8', 3, [3], packed(5, [-128, 127, -1]), [128, 127, 255]],
  ['uint16', 4, [1], packed(5, [65535]), [255, 255]],
  ['uint8', 2, [2], packed(5, [255, 1]), [255, 1]],
  ['bool', 9, [3], packed(5, [1, 0, 1]), [1, 0, 1]],
  ['float16', 10, [2], packed(5, [0x3c00, 0xc000]), [0, 0x3c, 0, 0xc0]],
  ['bfloat16', 16, [1], packed(5, [0x3f80]), [0x80, 0x3f]],
  ['float8e4m3fn', 17, [2], packed(5, [0x38, 0xff]), [0x38, 0xff]],
  ['float8e5m2fnuz', 20, [1], packed(5, [0x80]), [0x80]],
  ['float8e8m0', 24, [1], packed(5, [127]), [127]],
  ['int4', 22, [3], packed(5, [0xf1, 0x07]), [0xf1, 0x07]],
  ['uint4', 21, [2], packed(5, [0x21]), [0x21]],
  ['float4e2m1', 23, [2], packed(5, [0x9a]), [0x9a]],
  ['int2', 26, [5], packed(5, [0b11_10_01_00, 0b01]), [0b11100100, 1]],
  ['uint2', 25, [4], packed(5, [0xff]), [0xff]],
  [
    'int64',
    7,
    [2],
    packed(7, [-1n, 2n ** 62n + 3n]),
    [255, 255, 255, 255, 255, 255, 255, 255, 3, 0, 0, 0, 0, 0, 0, 64],
  ],
  ['uint64', 13, [1], packed(11, [2n ** 64n - 2n]), [254, 255, 255, 255, 255, 255, 255, 255]],
  ['uint32', 12, [2], packed(11, [2 ** 32 - 1, 5]), [255, 255, 255, 255, 5, 0, 0, 0]],
]

describe('tensors', () => {
  test.each(LAYOUTS)('%s of a typed field becomes raw layout', (type, code, dims, data, raw) => {
    const tensor = decodeTensor(onnx.tensor('t', code, dims, data))
    expect(tensor.dataType).toBe(type)
    expect([...tensor.bytes]).toEqual(raw)
    expect([...decodeTensor(onnx.tensor('t', code, dims, onnx.raw(Uint8Array.from(raw)))).bytes]).toEqual(raw)
  })

  test('elements that are not packed count like packed ones, also mixed with them', () => {
    const mixed = join(int(5, 7), packed(5, [8, -9]), int(5, -10))
    expect(decodeTensor(onnx.tensor('t', 6, [4], mixed)).elements).toEqual(Int32Array.of(7, 8, -9, -10))
    const many = Array.from({ length: 500 }, (_, index) => float(4, index))
    expect(decodeTensor(onnx.tensor('t', 1, [500], ...many)).elements).toEqual(
      Float32Array.from({ length: 500 }, (_, i) => i),
    )
  })

  test('strings are text', () => {
    const tensor = decodeTensor(onnx.tensor('t', 8, [2], field(6, 'grün'), field(6, '')))
    expect(tensor.strings).toEqual(['grün', ''])
  })

  test('a tensor without elements needs no data', () => {
    expect(decodeTensor(onnx.tensor('t', 1, [0, 3])).bytes.byteLength).toBe(0)
  })

  test('raw bytes are views on the input, at any alignment', () => {
    const bytes = onnx.tensor('t', 1, [2], onnx.raw(new Uint8Array(Float32Array.of(1.5, -3).buffer)))
    const shifted = Buffer.concat([Buffer.from([0]), bytes]).subarray(1)
    const tensor = decodeTensor(shifted)
    expect(tensor.bytes.buffer).toBe(shifted.buffer)
    expect(tensor.elements).toEqual(Float32Array.of(1.5, -3))
  })

  const WRONG: [what: string, bytes: Uint8Array, code: string][] = [
    ['raw data too short', onnx.tensor('t', 1, [2], onnx.raw(new Uint8Array(7))), 'BAD_MODEL'],
    ['raw data too long', onnx.tensor('t', 22, [3], onnx.raw(new Uint8Array(3))), 'BAD_MODEL'],
    ['four bits cut short', onnx.tensor('t', 22, [3], onnx.raw(new Uint8Array(1))), 'BAD_MODEL'],
    ['too few entries', onnx.tensor('t', 6, [3], packed(5, [1, 2])), 'BAD_MODEL'],
    ['too many entries', onnx.tensor('t', 6, [1], packed(5, [1, 2])), 'BAD_MODEL'],
    ['an entry that does not end', onnx.tensor('t', 6, [1], field(5, Uint8Array.of(1, 128))), 'BAD_MODEL'],
    ['floats cut within one', onnx.tensor('t', 1, [1], field(4, new Uint8Array(3))), 'BAD_MODEL'],
    ['no data', onnx.tensor('t', 1, [1]), 'BAD_MODEL'],
    ['data in the wrong field', onnx.tensor('t', 7, [1], packed(5, [1])), 'BAD_MODEL'],
    ['a negative axis', onnx.tensor('t', 1, [-1], onnx.raw(new Uint8Array(4))), 'BAD_MODEL'],
    ['a huge axis', onnx.tensor('t', 1, [2n ** 62n]), 'BAD_MODEL'],
    ['an overflowing product', onnx.tensor('t', 1, [2 ** 33, 2 ** 33]), 'BAD_MODEL'],
    ['a product that overflows to zero', onnx.tensor('t', 1, [2 ** 32, 2 ** 32, 0]), 'BAD_MODEL'],
    ['no element type', onnx.tensor('t', 0, [1]), 'BAD_MODEL'],
    ['a negative element type', onnx.tensor('t', -1, [1]), 'BAD_MODEL'],
    ['an unknown element type', onnx.tensor('t', 27, [1]), 'UNSUPPORTED'],
    ['a nonsense element type', onnx.tensor('t', 1000, [1]), 'BAD_MODEL'],
    ['too few strings', onnx.tensor('t', 8, [2], field(6, 'a')), 'BAD_MODEL'],
    ['strings that are not UTF-8', onnx.tensor('t', 8, [1], field(6, Uint8Array.of(255))), 'BAD_MODEL'],
  ]
  test.each(WRONG)('%s is refused', (_what, bytes, code) => {
    const error = thrown(() => decodeTensor(bytes))
    expect(error.code).toBe(code)
    expect(error.message).toContain('"t"')
  })
})
