import { computedTensor } from '../../../src/engine/plan/computedTensor'

const numbers = Float32Array.from({ length: 24 }, (_, at) => at / 3)
let times = 0
const computed = computedTensor('float32', [4, 6], (start, end, into) => {
  times++
  const part = numbers.subarray(start, end)
  if (!into) return part.slice()
  const place = new Float32Array(into.buffer, into.byteOffset, end - start)
  place.set(part)
  return place
})

test('elements are computed whenever they are read, as a whole and in parts', async () => {
  const before = times
  expect([computed.elements, await computed.load()]).toEqual([numbers, numbers])
  expect(times - before).toBe(2)
  expect(new Float32Array(computed.byteSource.part?.(8, 12).slice().buffer as ArrayBuffer)).toEqual(
    numbers.slice(2, 5),
  )
  const pieces: number[] = []
  for await (const piece of computed.byteSource.pieces(27)) {
    expect(piece.byteLength).toBeLessThanOrEqual(24)
    pieces.push(...piece)
  }
  expect(pieces).toEqual([...computed.bytes])
})

test('memory that is given is used where elements may lie in it', async () => {
  const scratch = new Uint8Array(200)
  expect((await computed.load(scratch)).buffer).toBe(scratch.buffer)
  expect(await computed.load(scratch.subarray(3))).toEqual(numbers)
})
