import { OnnxpressError } from '../errors'
import { type ByteSource, MemorySource } from '../ir/byteSource'

/** Bytes at random access: a buffer or an open file. */
export interface Input {
  readonly byteLength: number
  /** The file, for errors; undefined for bytes in memory. */
  readonly path: string | undefined
  /** Whether `slice` takes memory. */
  readonly copies: boolean
  /** At least `wanted` bytes from `offset` on, which are there; valid until the next call. */
  window(offset: number, wanted: number): Uint8Array
  /** Exactly these bytes, to keep. */
  slice(offset: number, length: number): Uint8Array
  /** Exactly these bytes, left where they are. */
  region(offset: number, length: number): ByteSource
}

/** Bytes in memory; slices are views. */
export class MemoryInput implements Input {
  readonly copies = false
  private readonly bytes: Uint8Array

  constructor(
    bytes: Uint8Array,
    readonly path: string | undefined = undefined,
  ) {
    // A Buffer's `slice` is a view where a Uint8Array's is a copy; downstream code relies on the latter.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get byteLength(): number {
    return this.bytes.byteLength
  }

  window(offset: number): Uint8Array {
    return offset === 0 ? this.bytes : this.bytes.subarray(offset)
  }

  slice(offset: number, length: number): Uint8Array {
    return this.bytes.subarray(offset, offset + length)
  }

  region(offset: number, length: number): ByteSource {
    return new MemorySource(this.slice(offset, length))
  }
}

/** The error for bytes that are not a well-formed model. */
export function badModel(message: string, path?: string, offset?: number, at?: string): OnnxpressError {
  const place = {
    ...(path === undefined ? {} : { path }),
    ...(offset === undefined ? {} : { offset }),
    ...(at === undefined ? {} : { at }),
  }
  const where = offset === undefined ? '' : ` (at byte ${offset}${path === undefined ? '' : ` of ${path}`})`
  return new OnnxpressError('BAD_MODEL', `${message}${where}`, place)
}
