import { type ByteSource, MemorySource, Tensor } from '../../../src/ir'
import { derivedTensor } from '../../../src/passes/simplify/derivedTensor'

/** Bytes as if on disk: not in a MemorySource, and counted when they are read. */
class Elsewhere implements ByteSource {
  reads = 0
  constructor(private readonly bytes: Uint8Array) {}

  get byteLength(): number {
    return this.bytes.byteLength
  }

  read(): Uint8Array {
    this.reads++
    return this.bytes
  }

  async load(): Promise<Uint8Array> {
    return this.read()
  }

  pieces(pieceBytes: number): AsyncIterable<Uint8Array> {
    return new MemorySource(this.read()).pieces(pieceBytes)
  }
}

const doubled = (elements: ArrayLike<number | bigint>) =>
  Float32Array.from(elements as Float32Array, (each) => 2 * each)

test('what is made of a large weight on disk is worked out when it is read', async () => {
  const source = new Elsewhere(new Uint8Array(new Float32Array(2 ** 21).fill(1.5).buffer))
  const tensor = Tensor.fromSource('float32', [2 ** 21], source)
  const derived = derivedTensor(tensor, new Float32Array(2 ** 21), doubled)
  expect(source.reads).toBe(0)
  expect(derived.byteLength).toBe(2 ** 23)
  expect([...(derived.elements as Float32Array).subarray(0, 2)]).toEqual([3, 3])
  expect(((await derived.load()) as Float32Array).at(-1)).toBe(3)
  let [bytes, pieces] = [0, 0]
  for await (const piece of derived.byteSource.pieces(2 ** 20)) {
    bytes += piece.byteLength
    pieces++
  }
  expect([bytes, pieces]).toEqual([2 ** 23, 8])
  expect(source.reads).toBe(3)
})

test('small weights and those in memory are worked out once', () => {
  const small = Tensor.fromSource('float32', [1], new Elsewhere(new Uint8Array(4)))
  expect((derivedTensor(small, Float32Array.of(7), doubled).elements as Float32Array)[0]).toBe(7)
  const inMemory = Tensor.from('float32', [2 ** 21], new Float32Array(2 ** 21))
  expect(
    (derivedTensor(inMemory, new Float32Array(2 ** 21).fill(7), doubled).elements as Float32Array)[0],
  ).toBe(7)
})
