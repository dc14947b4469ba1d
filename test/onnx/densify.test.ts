import { byteLengthOf, type DataType } from '../../src/ir/dataType'
import type { SparseTensor } from '../../src/ir/sparseTensor'
import { countElements, Tensor } from '../../src/ir/tensor'
import { densify } from '../../src/onnx/densify'
import { thrown } from './support/thrown'

function sparse(values: Tensor, shape: number[], indices: bigint[], byAxis = false): SparseTensor {
  const dims = byAxis ? [indices.length / shape.length, shape.length] : [indices.length]
  return { name: 's', values, shape, indices: Tensor.from('int64', dims, BigInt64Array.from(indices)) }
}

describe('densify', () => {
  test('linear positions and positions by axis say the same', () => {
    const values = Tensor.float32([1, 2, 3], [3])
    const expected = Float32Array.of(0, 1, 0, 2, 0, 3)
    expect(densify(sparse(values, [2, 3], [1n, 3n, 5n]), 100).elements).toEqual(expected)
    const byAxis = densify(sparse(values, [2, 3], [0n, 1n, 1n, 0n, 1n, 2n], true), 100)
    expect(byAxis.elements).toEqual(expected)
    expect(byAxis).toMatchObject({ name: 's', shape: [2, 3], dataType: 'float32' })
  })

  test.each<[DataType, number]>([
    ['int4', 4],
    ['uint2', 2],
    ['int8', 8],
    ['float16', 16],
    ['complex128', 128],
  ])('%s elements land in their places, bit by bit', (type, bits) => {
    const shape = [11]
    const places = [2, 7, 10]
    const bytes = byteLengthOf(type, places.length)
    const content = Uint8Array.from({ length: bytes }, (_, index) => (index * 83 + 29) & 255)
    const dense = densify(
      sparse(Tensor.from(type, [places.length], content), shape, places.map(BigInt)),
      1000,
    ).bytes
    const bit = (from: Uint8Array, index: number) => ((from[index >> 3] ?? 0) >> (index & 7)) & 1
    for (let element = 0; element < countElements(shape); element++) {
      const source = places.indexOf(element)
      for (let index = 0; index < bits; index++) {
        const expected = source < 0 ? 0 : bit(content, source * bits + index)
        expect([element, index, bit(dense, element * bits + index)]).toEqual([element, index, expected])
      }
    }
  })

  test('a tensor without elements is all zeros', () => {
    expect(densify(sparse(Tensor.float32([], [0]), [3], []), 100).elements).toEqual(new Float32Array(3))
  })

  test('the limit holds before anything is allocated', () => {
    const values = Tensor.float32([1], [1])
    expect(thrown(() => densify(sparse(values, [40000, 40000], [0n]), 2 ** 30)).code).toBe('LIMIT_EXCEEDED')
    expect(thrown(() => densify(sparse(values, [2 ** 24, 2 ** 24], [0n]), 2 ** 30)).code).toBe(
      'LIMIT_EXCEEDED',
    )
    expect(densify(sparse(values, [10], [0n]), 40).byteLength).toBe(40)
    expect(thrown(() => densify(sparse(values, [10], [0n]), 39)).code).toBe('LIMIT_EXCEEDED')
  })

  test.each([
    [[6n], false],
    [[-1n], false],
    [[2n ** 62n], false],
    [[0n, 3n], true],
    [[-1n, 0n], true],
  ] as [bigint[], boolean][])('positions %p are outside', (indices, byAxis) => {
    expect(thrown(() => densify(sparse(Tensor.float32([1], [1]), [2, 3], indices, byAxis), 100)).code).toBe(
      'BAD_MODEL',
    )
  })

  test('strings are not supported', () => {
    expect(thrown(() => densify(sparse(Tensor.fromStrings([1], ['a']), [2], [0n]), 100)).code).toBe(
      'UNSUPPORTED',
    )
  })
})
