/**
 * Where a tensor's bytes are. The IR knows only this interface; files are read by the `onnx` room. A source never
 * changes, so tensors can share it and models can be cloned without copying weights.
 */
export interface ByteSource {
  readonly byteLength: number
  /**
   * All bytes at once: a view where they are in memory, else a blocking read that is not kept.
   * @param scratch at least `byteLength` bytes in which to put what is not in memory; new ones if left out
   */
  read(scratch?: Uint8Array): Uint8Array
  /** The same without blocking. */
  load(scratch?: Uint8Array): Promise<Uint8Array>
  /**
   * The bytes in order, in pieces of at most `pieceBytes`; memory stays at a few pieces. A piece holds until the next one
   * is asked for.
   */
  pieces(pieceBytes: number): AsyncIterable<Uint8Array>
  /**
   * `length` bytes from `start` on, both inside; absent where no part can be had without the rest.
   * @param scratch `length` bytes in which to put what is not in memory; new ones if left out
   */
  part?(start: number, length: number, scratch?: Uint8Array): Uint8Array
}

/** What a source has read with `place` as its scratch, brought there if the source has left that alone. */
export function settle(bytes: Uint8Array, place: Uint8Array): Uint8Array {
  const isThere = bytes.buffer === place.buffer && bytes.byteOffset === place.byteOffset
  if (!isThere) place.set(bytes)
  return place.subarray(0, bytes.byteLength)
}

/** Bytes that are already in memory. */
export class MemorySource implements ByteSource {
  constructor(private readonly bytes: Uint8Array) {}

  get byteLength(): number {
    return this.bytes.byteLength
  }

  read(): Uint8Array {
    return this.bytes
  }

  async load(): Promise<Uint8Array> {
    return this.read()
  }

  part(start: number, length: number): Uint8Array {
    return this.bytes.subarray(start, start + length)
  }

  async *pieces(pieceBytes: number): AsyncIterable<Uint8Array> {
    const bytes = this.read()
    for (let start = 0; start < bytes.byteLength; start += pieceBytes) {
      yield bytes.subarray(start, start + pieceBytes)
    }
  }
}
