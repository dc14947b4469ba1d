import { MemorySource } from '../ir/byteSource'

/** Bytes that are still being collected: elements which a writer did not pack. */
export class GrowingSource extends MemorySource {
  private buffer: Uint8Array
  private used: number

  constructor(first: Uint8Array) {
    super(first)
    this.buffer = Uint8Array.from(first)
    this.used = first.byteLength
  }

  append(bytes: Uint8Array): void {
    if (this.used + bytes.byteLength > this.buffer.byteLength) {
      const larger = new Uint8Array((this.used + bytes.byteLength) * 2)
      larger.set(this.buffer)
      this.buffer = larger
    }
    this.buffer.set(bytes, this.used)
    this.used += bytes.byteLength
  }

  override get byteLength(): number {
    return this.used
  }

  override read(): Uint8Array {
    return this.buffer.subarray(0, this.used)
  }
}
