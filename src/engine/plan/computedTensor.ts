/** Constants that are computed when they are read, which is once as a rule: kernels keep forms of their own. */
import { type ByteSource, bitsPerElement, byteLengthOf, countElements, type DataType, Tensor } from '../../ir'

/** Elements `start` … `end` - 1, the same each time; in `into`, or in memory of their own. */
export type Compute = (start: number, end: number, into?: Uint8Array) => ArrayBufferView

/** @param dataType one of at least 8 bits */
export function computedTensor(dataType: DataType, shape: readonly number[], compute: Compute): Tensor {
  return Tensor.fromSource(dataType, shape, new ComputedSource(dataType, countElements(shape), compute))
}

class ComputedSource implements ByteSource {
  readonly byteLength: number
  private readonly width: number

  constructor(
    dataType: DataType,
    size: number,
    private readonly compute: Compute,
  ) {
    this.byteLength = byteLengthOf(dataType, size)
    this.width = bitsPerElement(dataType) / 8
  }

  read(scratch?: Uint8Array): Uint8Array {
    return this.part(0, this.byteLength, scratch)
  }

  async load(scratch?: Uint8Array): Promise<Uint8Array> {
    return this.read(scratch)
  }

  async *pieces(pieceBytes: number): AsyncIterable<Uint8Array> {
    const whole = Math.max(Math.floor(pieceBytes / this.width), 1) * this.width
    for (let start = 0; start < this.byteLength; start += whole)
      yield this.part(start, Math.min(whole, this.byteLength - start))
  }

  part(start: number, length: number, scratch?: Uint8Array): Uint8Array {
    const { width } = this
    // Elements lie at multiples of their size.
    const place = scratch && scratch.byteOffset % width === 0 ? scratch.subarray(0, length) : undefined
    const { buffer, byteOffset, byteLength } = this.compute(start / width, (start + length) / width, place)
    return new Uint8Array(buffer, byteOffset, byteLength)
  }
}
