import { type ByteSource, MemorySource } from '../ir/byteSource'
import { FileRegion } from './fileRegion'
import type { Input } from './input'
import type { OpenFile } from './openFile'

/** Weights of fewer bytes are read at once: a region would cost more than it spares. */
const SMALLEST_REGION = 4096

/** An open file as input; large regions stay in the file. Whoever reads all of it then checks it for changes, once. */
export class FileInput implements Input {
  readonly copies = true
  private buffer = new Uint8Array(0)

  constructor(private readonly file: OpenFile) {}

  get byteLength(): number {
    return this.file.byteLength
  }

  get path(): string {
    return this.file.path
  }

  window(offset: number, wanted: number): Uint8Array {
    if (this.buffer.byteLength < wanted) this.buffer = new Uint8Array(wanted)
    const window = this.buffer.subarray(0, wanted)
    this.file.readUnchecked(window, offset)
    return window
  }

  slice(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    this.file.readUnchecked(bytes, offset)
    return bytes
  }

  region(offset: number, length: number): ByteSource {
    if (length < SMALLEST_REGION) return new MemorySource(this.slice(offset, length))
    return new FileRegion(this.file, offset, length)
  }
}
