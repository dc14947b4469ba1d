/** The bytes of several tensors, one after the other, as one packing reads them. */
import { type ByteSource, settle, type Tensor } from '../../ir'

/** Each part begins at a multiple of this many bytes. */
const ALIGNMENT = 4

const aligned = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT

export class JoinedSource implements ByteSource {
  /** Where each part begins. */
  readonly starts: readonly number[]
  readonly byteLength: number

  constructor(private readonly parts: readonly Tensor[]) {
    const starts: number[] = []
    let at = 0
    for (const { byteLength } of parts) {
      starts.push(at)
      at += aligned(byteLength)
    }
    this.starts = starts
    this.byteLength = at
  }

  read(): Uint8Array {
    const all = new Uint8Array(this.byteLength)
    for (const [index, part] of this.parts.entries()) all.set(part.bytes, this.starts[index])
    return all
  }

  async load(scratch?: Uint8Array): Promise<Uint8Array> {
    const all = (scratch ?? new Uint8Array(this.byteLength)).subarray(0, this.byteLength)
    for (const [index, { byteSource, byteLength }] of this.parts.entries()) {
      const start = this.starts[index] ?? 0
      const place = all.subarray(start, start + byteLength)
      settle(await byteSource.load(place), place)
    }
    return all
  }

  async *pieces(pieceBytes: number): AsyncIterable<Uint8Array> {
    const all = await this.load()
    for (let start = 0; start < all.byteLength; start += pieceBytes)
      yield all.subarray(start, start + pieceBytes)
  }
}
