import { type ByteSource, MemorySource, Tensor } from '../../../../../src/ir'
import { sliceTensor } from '../../../../../src/passes/prune/channels/remove/sliceTensor'

const SHAPE = [3, 4, 2, 5]

/** Element by element. */
function slowly(tensor: Tensor, kept: readonly (Int32Array | undefined)[]): number[] {
  const numbers = tensor.toNumbers()
  return numbers.filter((_, at) =>
    tensor.shape.every((size, axis) => {
      const inner = tensor.shape.slice(axis + 1).reduce((all, each) => all * each, 1)
      return kept[axis]?.includes(Math.floor(at / inner) % size) ?? true
    }),
  )
}

test.each<[string, (Int32Array | undefined)[]]>([
  ['the first axis', [Int32Array.of(0, 2)]],
  ['the last axis', [undefined, undefined, undefined, Int32Array.of(1, 2, 4)]],
  ['one in the middle', [undefined, Int32Array.of(3)]],
  ['several', [Int32Array.of(1, 2), Int32Array.of(0, 3), undefined, Int32Array.of(0, 4)]],
  ['all', SHAPE.map((size) => Int32Array.of(size - 1))],
])('along %s', (_, kept) => {
  for (const dataType of ['float32', 'int8', 'float16', 'float64', 'int64'] as const) {
    const count = SHAPE.reduce((all, size) => all * size, 1)
    const numbers = Array.from({ length: count }, (_, at) => at)
    const elements = {
      float32: () => Float32Array.from(numbers),
      float64: () => Float64Array.from(numbers),
      int8: () => Int8Array.from(numbers),
      float16: () => Uint16Array.from(numbers),
      int64: () => BigInt64Array.from(numbers, BigInt),
    }[dataType]()
    const tensor = Tensor.from(dataType, SHAPE, elements, 'w')
    const sliced = sliceTensor(tensor, kept)
    expect(sliced.toNumbers()).toEqual(slowly(tensor, kept))
    expect([sliced.name, sliced.dataType]).toEqual(['w', dataType])
    expect(sliced.shape).toEqual(SHAPE.map((size, axis) => kept[axis]?.length ?? size))
  }
})

test('large weights on disk stay there, and are sliced when they are read', async () => {
  const elements = Float32Array.from({ length: 2 ** 21 }, (_, at) => at)
  const memory = new MemorySource(new Uint8Array(elements.buffer))
  let reads = 0
  const disk: ByteSource = {
    byteLength: memory.byteLength,
    read: () => {
      reads++
      return memory.read()
    },
    load: async () => disk.read(),
    pieces: (size) => memory.pieces(size),
  }
  const kept = [Int32Array.of(1, 1023)]
  const sliced = sliceTensor(Tensor.fromSource('float32', [1024, 2048], disk), kept)
  expect(reads).toBe(0)
  const expected = [...elements.subarray(2048, 4096), ...elements.subarray(1023 * 2048)]
  expect([...((await sliced.load()) as Float32Array)]).toEqual(expected)
  const pieces: number[] = []
  for await (const piece of sliced.byteSource.pieces(4096)) pieces.push(piece.byteLength)
  expect(pieces).toEqual([4096, 4096, 4096, 4096])
  expect(sliced.bytes).toHaveLength(16384)
  expect(reads).toBe(3)
})
