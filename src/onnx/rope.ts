import { isUint8Array } from 'node:util/types'
import type { ByteSource } from '../ir/byteSource'

/** Bytes from here on are referred to instead of copied. */
const LARGE_BYTES = 4096

/** Encoded bytes in order, those of weights only referred to, so that a file can be written without holding them. */
export class Rope {
  private readonly finished: (Uint8Array | ByteSource)[] = []
  private finishedBytes = 0
  private buffer = Buffer.allocUnsafe(64)
  private used = 0

  get byteLength(): number {
    return this.finishedBytes + this.used
  }

  /** The pieces in order. */
  get parts(): readonly (Uint8Array | ByteSource)[] {
    this.flush()
    return this.finished
  }

  varint(value: number | bigint): void {
    this.reserve(10)
    if (typeof value === 'number' && value >= 0) this.varintNumber(value)
    else this.varintBig(BigInt.asUintN(64, BigInt(value)))
  }

  float(value: number): void {
    this.reserve(4)
    this.used = this.buffer.writeFloatLE(value, this.used)
  }

  text(text: string): void {
    const length = Buffer.byteLength(text)
    this.varint(length)
    this.reserve(length)
    this.used += this.buffer.write(text, this.used, 'utf8')
  }

  bytes(bytes: Uint8Array): void {
    if (bytes.byteLength >= LARGE_BYTES) this.refer(bytes)
    else this.copy(bytes)
  }

  source(source: ByteSource): void {
    if (source.byteLength >= LARGE_BYTES) this.refer(source)
    else this.copy(source.read())
  }

  rope(rope: Rope): void {
    for (const part of rope.parts) {
      if (isUint8Array(part)) this.bytes(part)
      else this.source(part)
    }
  }

  private copy(bytes: Uint8Array): void {
    this.reserve(bytes.byteLength)
    this.buffer.set(bytes, this.used)
    this.used += bytes.byteLength
  }

  private refer(part: Uint8Array | ByteSource): void {
    this.flush()
    this.finished.push(part)
    this.finishedBytes += part.byteLength
  }

  private flush(): void {
    if (this.used === 0) return
    const part = this.buffer.subarray(0, this.used)
    this.finished.push(part)
    this.finishedBytes += this.used
    this.buffer = this.buffer.subarray(this.used)
    this.used = 0
  }

  private reserve(bytes: number): void {
    if (this.used + bytes <= this.buffer.byteLength) return
    const larger = Buffer.allocUnsafe((this.used + bytes) * 2)
    this.buffer.copy(larger, 0, 0, this.used)
    this.buffer = larger
  }

  private varintNumber(value: number): void {
    let rest = value
    while (rest > 127) {
      this.buffer[this.used++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.buffer[this.used++] = rest
  }

  private varintBig(value: bigint): void {
    let rest = value
    while (rest > 127n) {
      this.buffer[this.used++] = Number(rest & 127n) | 128
      rest >>= 7n
    }
    this.buffer[this.used++] = Number(rest)
  }
}
