import {
  type ByteSource,
  bitsPerElement,
  type DataType,
  MemorySource,
  SpareMemory,
  settle,
  Tensor,
} from '../../ir'

export type Floats = Float32Array | Float64Array

/** Changes elements in their place: those of a tensor from index `start` on, or some of them. */
export type Change = (elements: Floats, start: number) => void

/** Weights of this size and more that lie on disk stay there; what is made of them is worked out when it is asked for. */
const LARGE_BYTES = 2 ** 16

const PIECE_BYTES = 2 ** 16
const memory = new SpareMemory()

export function staysOnDisk({ byteSource, byteLength }: Tensor): boolean {
  return !(byteSource instanceof MemorySource) && byteLength >= LARGE_BYTES
}

/** The elements of a tensor of floats, changed whenever they are read: nothing is kept in memory. */
export function derivedTensor(tensor: Tensor, change: Change): Tensor {
  return Tensor.fromSource(tensor.dataType, tensor.shape, new DerivedSource(tensor, change))
}

/** Bytes that start at a multiple of the element size, as elements. */
export function floatsIn({ buffer, byteOffset, byteLength }: Uint8Array, type: DataType): Floats {
  return type === 'float64'
    ? new Float64Array(buffer, byteOffset, byteLength / 8)
    : new Float32Array(buffer, byteOffset, byteLength / 4)
}

class DerivedSource implements ByteSource {
  readonly byteLength: number
  readonly part?: (start: number, length: number, scratch?: Uint8Array) => Uint8Array
  private readonly source: ByteSource
  private readonly width: number

  constructor(
    private readonly tensor: Tensor,
    private readonly change: Change,
  ) {
    this.source = tensor.byteSource
    this.byteLength = tensor.byteLength
    this.width = bitsPerElement(tensor.dataType) / 8
    if (this.source.part) this.part = this.changedPart
  }

  read(scratch = new Uint8Array(this.byteLength)): Uint8Array {
    return this.changed(settle(this.source.read(scratch), scratch))
  }

  async load(scratch = new Uint8Array(this.byteLength)): Promise<Uint8Array> {
    return this.changed(settle(await this.source.load(scratch), scratch))
  }

  async *pieces(pieceBytes: number): AsyncIterable<Uint8Array> {
    const whole = Math.max(Math.floor(pieceBytes / this.width), 1) * this.width
    const place = new Uint8Array(Math.min(whole, this.byteLength))
    let start = 0
    for await (const piece of this.source.pieces(whole)) {
      yield this.changed(settle(piece, place), start)
      start += piece.byteLength
    }
  }

  private changedPart(
    start: number,
    length: number,
    scratch: Uint8Array = new Uint8Array(length),
  ): Uint8Array {
    const place = scratch.subarray(0, length)
    const bytes = this.source.part?.(start, length, place)
    return bytes ? this.changed(settle(bytes, place), start) : place
  }

  /**
   * Changes whole elements, a piece at a time, in memory of our own: where they lie they may not be aligned, and
   * loops over memory that can be resized take five times as long.
   */
  private changed(bytes: Uint8Array, start = 0): Uint8Array {
    for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, at + PIECE_BYTES)
      const own = memory.take(piece.byteLength)
      own.set(piece)
      this.change(floatsIn(own, this.tensor.dataType), (start + at) / this.width)
      piece.set(own)
    }
    return bytes
  }
}
