import { OnnxpressError } from '../errors'
import type { ByteSource } from '../ir/byteSource'
import type { OpenFile } from './openFile'

/** The largest array that every supported Node version can make. */
const LARGEST_ARRAY = 2 ** 32

/** Bytes that stay in their file until they are asked for; nothing that was read is kept. */
export class FileRegion implements ByteSource {
  constructor(
    private readonly file: OpenFile,
    private readonly offset: number,
    readonly byteLength: number,
  ) {}

  read(scratch?: Uint8Array): Uint8Array {
    const bytes = this.placeIn(scratch)
    this.file.readInto(bytes, this.offset)
    return bytes
  }

  /** Many small parts are read, and who reads all in the end sees whether the file was changed. */
  part(start: number, length: number, scratch = new Uint8Array(length)): Uint8Array {
    const bytes = scratch.subarray(0, Math.min(length, this.byteLength - start))
    this.file.readUnchecked(bytes, this.offset + start)
    return bytes
  }

  async load(scratch?: Uint8Array): Promise<Uint8Array> {
    const bytes = this.placeIn(scratch)
    await this.file.load(bytes, this.offset)
    return bytes
  }

  /** Two buffers take turns: while one is looked at, the next piece is read into the other. */
  async *pieces(pieceBytes: number): AsyncIterable<Uint8Array> {
    const length = Math.min(pieceBytes, this.byteLength)
    const buffers = [new Uint8Array(length), new Uint8Array(this.byteLength > length ? length : 0)]
    let next = this.piece(0, buffers[0])
    try {
      for (let start = 0, turn = 1; start < this.byteLength; start += length, turn ^= 1) {
        const piece = await next
        next = this.piece(start + length, buffers[turn])
        // It may fail while the piece before it is looked at; it is awaited next.
        next.catch(() => undefined)
        yield piece
      }
    } finally {
      // Whoever stops early gets no error of what he did not ask for, and no reading goes on behind his back.
      await next.catch(() => undefined)
    }
  }

  /** As much of the region as fits into `buffer`, from `start` on; nothing past the end. */
  private async piece(start: number, buffer: Uint8Array = new Uint8Array(0)): Promise<Uint8Array> {
    const bytes = buffer.subarray(0, Math.max(0, this.byteLength - start))
    await this.file.load(bytes, this.offset + start)
    return bytes
  }

  private placeIn(scratch: Uint8Array | undefined): Uint8Array {
    if (scratch) return scratch.subarray(0, this.byteLength)
    if (this.byteLength <= LARGEST_ARRAY) return new Uint8Array(this.byteLength)
    throw new OnnxpressError(
      'LIMIT_EXCEEDED',
      `Expected a tensor of at most ${LARGEST_ARRAY} bytes to be read at once, found ${this.byteLength} bytes in ` +
        `${this.file.path}; read it in pieces`,
      { path: this.file.path, offset: this.offset },
    )
  }
}
