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

  read(): Uint8Array {
    const bytes = this.allocate()
    this.file.readInto(bytes, this.offset)
    return bytes
  }

  async load(): Promise<Uint8Array> {
    const bytes = this.allocate()
    await this.file.load(bytes, this.offset)
    return bytes
  }

  async *pieces(pieceBytes: number): AsyncIterable<Uint8Array> {
    for (let start = 0; start < this.byteLength; start += pieceBytes) {
      const piece = new Uint8Array(Math.min(pieceBytes, this.byteLength - start))
      await this.file.load(piece, this.offset + start)
      yield piece
    }
  }

  private allocate(): Uint8Array {
    if (this.byteLength <= LARGEST_ARRAY) return new Uint8Array(this.byteLength)
    throw new OnnxpressError(
      'LIMIT_EXCEEDED',
      `Expected a tensor of at most ${LARGEST_ARRAY} bytes to be read at once, found ${this.byteLength} bytes in ` +
        `${this.file.path}; read it in pieces`,
      { path: this.file.path, offset: this.offset },
    )
  }
}
