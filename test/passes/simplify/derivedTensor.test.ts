import { type ByteSource, MemorySource, Tensor } from '../../../src/ir'
import { type Change, derivedTensor, staysOnDisk } from '../../../src/passes/simplify/derivedTensor'

/** Bytes as if on disk: not in a MemorySource, and counted when they are read. */
class Elsewhere implements ByteSource {
  reads = 0
  constructor(protected readonly bytes: Uint8Array) {}

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

/** Of which parts can be had, in the scratch that is given. */
class InParts extends Elsewhere {
  part(start: number, length: number, scratch = new Uint8Array(length)): Uint8Array {
    scratch.set(this.bytes.subarray(start, start + length))
    return scratch.subarray(0, length)
  }
}

const SIZE = 2 ** 15

const tensorOf = (source: ByteSource) => Tensor.fromSource('float32', [SIZE], source)
const numbers = () => new Uint8Array(Float32Array.from({ length: SIZE }, (_, index) => index % 100).buffer)

/** Element i becomes i more. */
const addIndex: Change = (elements, start) => {
  for (let i = 0; i < elements.length; i++) elements[i] = (elements[i] as number) + start + i
}
const changed = (index: number) => (index % 100) + index

const floats = (bytes: Uint8Array) => new Float32Array(bytes.slice().buffer)

describe.each([
  ['whole', Elsewhere],
  ['in parts', InParts],
])('a tensor that is made of another, which is read %s', (_, Source) => {
  const all = Float32Array.from({ length: SIZE }, (_each, index) => changed(index))

  test('is worked out whenever it is read, and leaves the other alone', async () => {
    const source = new Source(numbers())
    const derived = derivedTensor(tensorOf(source), addIndex)
    expect(source.reads).toBe(0)
    expect(derived.byteLength).toBe(4 * SIZE)
    expect(derived.elements).toEqual(all)
    expect(await derived.load()).toEqual(all)
    expect(await derived.load(new Uint8Array(5 * SIZE))).toEqual(all)
    expect(source.read()).toEqual(numbers())
  })

  test('comes in pieces of whole elements', async () => {
    const derived = derivedTensor(tensorOf(new Source(numbers())), addIndex)
    let at = 0
    for await (const piece of derived.byteSource.pieces(4099)) {
      expect(piece.byteLength).toBeLessThanOrEqual(4099)
      expect(floats(piece)).toEqual(all.subarray(at, at + piece.byteLength / 4))
      at += piece.byteLength / 4
    }
    expect(at).toBe(SIZE)
  })

  test('has its parts where the other has', () => {
    const { byteSource } = derivedTensor(tensorOf(new Source(numbers())), addIndex)
    const scratch = new Uint8Array(1001)
    const part = byteSource.part?.(400, 80, scratch.subarray(1))
    expect(part === undefined).toBe(Source === Elsewhere)
    if (part) expect(floats(part)).toEqual(all.subarray(100, 120))
  })
})

test('small weights and those in memory do not stay on disk', () => {
  expect(staysOnDisk(Tensor.fromSource('float32', [1], new Elsewhere(new Uint8Array(4))))).toBe(false)
  expect(staysOnDisk(Tensor.from('float32', [SIZE], new Float32Array(SIZE)))).toBe(false)
  expect(staysOnDisk(tensorOf(new Elsewhere(numbers())))).toBe(true)
})
