import { MemorySource } from '../../src/ir/byteSource'
import {
  bitsPerElement,
  byteLengthOf,
  dataTypeCode,
  dataTypeFromCode,
  dataTypes,
  isDataType,
} from '../../src/ir/dataType'
import { Tensor } from '../../src/ir/tensor'

describe('tensors', () => {
  test('views are of the right kind at any alignment, of arrays and of Buffers', async () => {
    const bytes = new Uint8Array(Float32Array.of(1.5, -2).buffer)
    for (let shift = 0; shift < 8; shift++) {
      const shifted = Buffer.concat([Buffer.alloc(shift), bytes])
      for (const view of [shifted.subarray(shift), new Uint8Array(shifted).subarray(shift)]) {
        const tensor = Tensor.fromSource('float32', [2], new MemorySource(view))
        expect(tensor.elements).toEqual(Float32Array.of(1.5, -2))
        expect(await tensor.load()).toEqual(Float32Array.of(1.5, -2))
      }
    }
    const aligned = new Uint8Array(8)
    expect(Tensor.fromSource('int32', [2], new MemorySource(aligned)).elements.buffer).toBe(aligned.buffer)
  })

  test('the number of bytes must fit shape and type', () => {
    expect(() => Tensor.from('float32', [3], new Float32Array(2))).toThrow(/Expected 12 bytes .* received 8/)
    expect(() => Tensor.from('int4', [3], new Uint8Array(1))).toThrow(/Expected 2 bytes/)
    expect(() => Tensor.fromStrings([2], ['a'])).toThrow(/Expected 2 strings/)
    expect(() => Tensor.float32([1, 2], [2]).withShape([3])).toThrow(/Expected 2 elements/)
  })

  test('packed types: bytes are padded, elements are the bytes', () => {
    expect([
      byteLengthOf('int4', 3),
      byteLengthOf('uint2', 5),
      byteLengthOf('float4e2m1', 0),
      byteLengthOf('complex128', 2),
    ]).toEqual([2, 2, 0, 32])
    expect(Tensor.from('int4', [3], Uint8Array.of(0x21, 3)).elements).toEqual(Uint8Array.of(0x21, 3))
  })

  test('numbers', () => {
    expect(Tensor.int64([1, -5]).toNumbers()).toEqual([1, -5])
    expect(Tensor.float32([2.5]).toNumbers()).toEqual([2.5])
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00, 0x3555)
    expect(Tensor.from('float16', [5], halves).toNumbers()).toEqual([
      1,
      -2,
      2 ** -24,
      Number.POSITIVE_INFINITY,
      0.333251953125,
    ])
    expect(() => Tensor.from('int4', [1], Uint8Array.of(1)).toNumbers()).toThrow(/not plain numbers/)
    expect(() => Tensor.from('bfloat16', [1], Uint16Array.of(1)).toNumbers()).toThrow(/not plain numbers/)
  })

  test('names and shapes change without copies', () => {
    const tensor = Tensor.float32([1, 2], [2], 'a')
    const other = tensor.withName('b').withShape([1, 2])
    expect([other.name, other.shape, other.byteSource]).toEqual(['b', [1, 2], tensor.byteSource])
    expect(tensor.withName('a')).toBe(tensor)
  })

  test('strings have no bytes, others no strings', () => {
    const words = Tensor.fromStrings([2], ['a', 'ü'], 'w')
    expect([words.size, words.byteLength]).toEqual([2, 3])
    expect(() => words.bytes).toThrow(/holds strings/)
    expect(() => Tensor.float32([1]).strings).toThrow(/not strings/)
  })

  test('memory in pieces', async () => {
    const pieces: number[][] = []
    for await (const piece of new MemorySource(Uint8Array.of(1, 2, 3, 4, 5)).pieces(2))
      pieces.push([...piece])
    expect(pieces).toEqual([[1, 2], [3, 4], [5]])
  })
})

test('element types: numbers are those of onnx.proto', () => {
  expect(dataTypes).toHaveLength(26)
  dataTypes.forEach((type, index) => {
    expect(dataTypeCode(type)).toBe(index + 1)
    expect(dataTypeFromCode(index + 1)).toBe(type)
    expect(isDataType(type)).toBe(true)
  })
  expect(dataTypeFromCode(0)).toBeUndefined()
  expect(isDataType('float')).toBe(false)
  expect(bitsPerElement('bfloat16')).toBe(16)
})
