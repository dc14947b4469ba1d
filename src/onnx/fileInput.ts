import { type ByteSource, MemorySource } from '../ir/byteSource'
import { FileRegion } from './fileRegion'
import type { Input } from './input'
import type { OpenFile } from './openFile'

/** Weights of fewer bytes are read at once: a region would cost more than it spares. */
const SMALLEST_REGION = 512

/** They share arrays of so many bytes: an array of its own takes 300 bytes more. */
const SHARED_BYTES = 8 * SMALLEST_REGION

/** A multiple of every element's size, at which small weights begin, so that they can be viewed where they are. */
const ALIGNMENT = 8

/** An open file as input; large regions stay in the file. Whoever reads all of it then checks it for changes, once. */
export class FileInput implements Input {
  readonly copies = true
  private buffer = new Uint8Array(0)
  /** What is left of the array that small weights share. */
  private room = new Uint8Array(0)

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
    if (length < SMALLEST_REGION) return new MemorySource(this.shared(offset, length))
    return new FileRegion(this.file, offset, length)
  }

  private shared(offset: number, length: number): Uint8Array {
    if (length > this.room.byteLength) this.room = new Uint8Array(SHARED_BYTES)
    const bytes = this.room.subarray(0, length)
    this.room = this.room.subarray(Math.ceil(length / ALIGNMENT) * ALIGNMENT)
    this.file.readUnchecked(bytes, offset)
    return bytes
  }
}
