/** Some elements of a tensor that lie together, as a tensor: read with the rest where they cannot be had alone. */
import { type ByteSource, byteLengthOf, countElements, settle, Tensor } from '../../ir'

/** @param start the first element; of at least 8 bits */
export function tensorPart(tensor: Tensor, start: number, shape: readonly number[]): Tensor {
  const width = byteLengthOf(tensor.dataType, 1)
  const source = new PartSource(tensor.byteSource, start * width, countElements(shape) * width)
  return Tensor.fromSource(tensor.dataType, shape, source)
}

class PartSource implements ByteSource {
  constructor(
    private readonly whole: ByteSource,
    private readonly start: number,
    readonly byteLength: number,
  ) {}

  read(scratch?: Uint8Array): Uint8Array {
    return this.part(0, this.byteLength, scratch)
  }

  async load(scratch?: Uint8Array): Promise<Uint8Array> {
    return this.read(scratch)
  }

  async *pieces(pieceBytes: number): AsyncIterable<Uint8Array> {
    for (let at = 0; at < this.byteLength; at += pieceBytes)
      yield this.part(at, Math.min(pieceBytes, this.byteLength - at))
  }

  part(start: number, length: number, scratch?: Uint8Array): Uint8Array {
    const from = this.start + start
    const place = scratch?.subarray(0, length)
    const bytes = this.whole.part?.(from, length, place) ?? this.whole.read().subarray(from, from + length)
    return place ? settle(bytes, place) : bytes
  }
}
