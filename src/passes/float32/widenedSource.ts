/** Floats of 16 bits as such of 32, widened as they are read: they stay where they lie, in half the bytes. */
import type { ByteSource } from '../../ir'
import { toFloat32Into } from '../../native'

const HALF = 2
const FLOAT = 4

/** @param halves IEEE 754 binary16, little-endian */
export function widenedSource(halves: ByteSource): ByteSource {
  return halves.part ? new DivisibleSource(halves, halves.part.bind(halves)) : new WidenedSource(halves)
}

class WidenedSource implements ByteSource {
  constructor(private readonly halves: ByteSource) {}

  get byteLength(): number {
    return this.halves.byteLength * (FLOAT / HALF)
  }

  read(scratch?: Uint8Array): Uint8Array {
    const y = floatsIn(this.byteLength, scratch)
    widen(halvesIn(this.halves.read()), y)
    return bytesOf(y)
  }

  async load(scratch?: Uint8Array): Promise<Uint8Array> {
    return widenedLater(await this.halves.load(), floatsIn(this.byteLength, scratch))
  }

  async *pieces(pieceBytes: number): AsyncIterable<Uint8Array> {
    const most = Math.max(1, Math.floor(pieceBytes / FLOAT))
    const y = new Float32Array(Math.min(most, this.byteLength / FLOAT))
    for await (const piece of this.halves.pieces(most * HALF))
      yield await widenedLater(piece, y.subarray(0, piece.byteLength / HALF))
  }
}

/** One whose parts can be had. */
class DivisibleSource extends WidenedSource {
  constructor(
    halves: ByteSource,
    private readonly partOfHalves: NonNullable<ByteSource['part']>,
  ) {
    super(halves)
  }

  part(start: number, length: number): Uint8Array {
    const [first, end] = [Math.floor(start / FLOAT), Math.ceil((start + length) / FLOAT)]
    const y = new Float32Array(end - first)
    widen(halvesIn(this.partOfHalves(first * HALF, y.length * HALF)), y)
    return bytesOf(y)
      .subarray(start - first * FLOAT)
      .subarray(0, length)
  }
}

async function widenedLater(bytes: Uint8Array, y: Float32Array): Promise<Uint8Array> {
  await toFloat32Into(halvesIn(bytes), 'float16', y)
  return bytesOf(y)
}

/** On this thread: for small tensors and parts of large ones. The bits of a float follow from those of a half. */
function widen(halves: Uint16Array, y: Float32Array): void {
  const bits = new Uint32Array(y.buffer, y.byteOffset, y.length)
  for (const [index, half] of halves.entries()) {
    const magnitude = half & 0x7fff
    const sign = (half & 0x8000) * 0x10000
    if (magnitude >= 0x7c00) bits[index] = sign + 0x7f800000 + (magnitude & 0x3ff) * 0x2000
    else if (magnitude >= 0x400) bits[index] = sign + 0x38000000 + magnitude * 0x2000
    else y[index] = (sign ? -1 : 1) * magnitude * 2 ** -24
  }
}

/** New floats, or those in memory that is there, where they may lie in it. */
function floatsIn(bytes: number, scratch: Uint8Array | undefined): Float32Array {
  const fits = scratch && scratch.byteOffset % FLOAT === 0 && scratch.byteLength >= bytes
  return fits
    ? new Float32Array(scratch.buffer, scratch.byteOffset, bytes / FLOAT)
    : new Float32Array(bytes / FLOAT)
}

/** A view; copied only where the bytes are not aligned. */
function halvesIn(bytes: Uint8Array): Uint16Array {
  const aligned = bytes.byteOffset % HALF === 0 ? bytes : bytes.slice()
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / HALF)
}

function bytesOf(y: Float32Array): Uint8Array {
  return new Uint8Array(y.buffer, y.byteOffset, y.byteLength)
}
