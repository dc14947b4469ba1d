import { tensorPart } from '../../../src/engine/plan/tensorPart'
import { type ByteSource, MemorySource, Tensor } from '../../../src/ir'

const numbers = Float32Array.from({ length: 24 }, (_, at) => at)
const whole = Tensor.from('float32', [2, 12], numbers)

test('some elements are a tensor, however they are read', async () => {
  const part = tensorPart(whole, 5, [3, 2])
  expect([part.dataType, part.shape, [...part.elements].map(Number)]).toEqual([
    'float32',
    [3, 2],
    [5, 6, 7, 8, 9, 10],
  ])
  const scratch = new Uint8Array(40)
  expect((await part.load(scratch)).buffer).toBe(scratch.buffer)
  const pieces: number[] = []
  for await (const piece of part.byteSource.pieces(10)) pieces.push(...piece)
  expect(pieces).toEqual([...part.bytes])
  expect(part.byteSource.part?.(4, 8)).toEqual(part.bytes.subarray(4, 12))
})

test('sources without parts are read as a whole', () => {
  const memory = new MemorySource(whole.bytes)
  const source: ByteSource = {
    byteLength: memory.byteLength,
    read: () => memory.read(),
    load: () => memory.load(),
    pieces: (bytes) => memory.pieces(bytes),
  }
  const part = tensorPart(Tensor.fromSource('float32', [24], source), 20, [2])
  expect([...part.elements].map(Number)).toEqual([20, 21])
})
