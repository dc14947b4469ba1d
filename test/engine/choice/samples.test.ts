/** Pieces of weights stand for the whole. */
import { bandsOf, partsOf } from '../../../src/engine/choice/samples'
import { blockDensity } from '../../../src/engine/choice/zeros'
import { type ByteSource, Tensor } from '../../../src/ir'

/** Bytes that are read into whatever memory is given, as those of a file are. */
class Filed implements ByteSource {
  taken = 0

  constructor(private readonly bytes: Uint8Array) {}

  get byteLength(): number {
    return this.bytes.byteLength
  }

  read(): Uint8Array {
    this.taken += this.byteLength
    return this.bytes.slice()
  }

  async load(): Promise<Uint8Array> {
    return this.read()
  }

  async *pieces(): AsyncIterable<Uint8Array> {}

  part(start: number, length: number, scratch = new Uint8Array(length)): Uint8Array {
    this.taken += length
    scratch.set(this.bytes.subarray(start, start + length))
    return scratch.subarray(0, length)
  }
}

function filed(elements: Float32Array, shape: readonly number[]): { tensor: Tensor; source: Filed } {
  const source = new Filed(new Uint8Array(elements.buffer))
  return { tensor: Tensor.fromSource('float32', shape, source), source }
}

const [OUTPUTS, INPUTS] = [1000, 600]

test('large tensors are looked at in whole bands of rows from the first to the last', () => {
  const { tensor, source } = filed(
    Float32Array.from({ length: OUTPUTS * INPUTS }, (_, at) => Math.floor(at / INPUTS)),
    [OUTPUTS, INPUTS],
  )
  const rows = [...bandsOf(tensor, OUTPUTS)].filter((_, at) => at % INPUTS === 0)
  expect(source.taken).toBe(4 * 32 * INPUTS * 4)
  const band = (first: number) => Array.from({ length: 32 }, (_, row) => first + row)
  expect(rows).toEqual([...band(0), ...band(320), ...band(640), ...band(960)])
})

test('small ones as a whole', () => {
  const { tensor } = filed(
    Float32Array.from({ length: 300 }, (_, at) => at),
    [100, 3],
  )
  expect([...bandsOf(tensor, 100)]).toEqual([...tensor.elements])
})

test('what was read of one tensor is not taken for another', () => {
  const size = OUTPUTS * INPUTS
  const [ones, zeros] = [new Float32Array(size).fill(1), new Float32Array(size)]
  const [full, empty] = [ones, zeros].map((each) => filed(each, [OUTPUTS, INPUTS]).tensor) as [Tensor, Tensor]
  const layout = { outputs: OUTPUTS, inputs: INPUTS, taps: 1 }
  expect(blockDensity(full, layout, 8, 1)).toBe(1)
  expect(partsOf(empty)?.some((each) => each !== 0)).toBe(false)
  expect(blockDensity(full, layout, 4, 1)).toBe(1)
  expect(blockDensity(empty, layout, 8, 1)).toBe(0)
})
