/** Buffers that take turns: so many at once, and none kept once nobody waits. */
import { freeScratch, takeScratch } from '../../native'

/** While some are being read, others are being packed. */
const LANES = 4

/** New memory costs as much as reading into it, and what all weights lie in at once is memory too. */
export class Lanes {
  private readonly buffers: Uint8Array<ArrayBuffer>[] = []
  private busy = 0
  private readonly waiting: (() => void)[] = []

  /** Calls `use` with at least `bytes` bytes, of which it may know nothing once it has ended. */
  async use<T>(bytes: number, use: (buffer: Uint8Array) => Promise<T>): Promise<T> {
    if (this.busy === LANES) await new Promise<void>((resolve) => this.waiting.push(resolve))
    else this.busy++
    const buffer = this.take(bytes)
    try {
      return await use(buffer)
    } finally {
      this.buffers.push(buffer)
      this.next()
    }
  }

  /** The smallest that is large enough; else the largest gives way to a larger one. */
  private take(bytes: number): Uint8Array<ArrayBuffer> {
    this.buffers.sort((a, b) => a.byteLength - b.byteLength)
    const found = this.buffers.findIndex(({ byteLength }) => byteLength >= bytes)
    const [buffer] = found < 0 ? this.buffers.splice(-1) : this.buffers.splice(found, 1)
    if (buffer && found >= 0) return buffer
    if (buffer) freeScratch(buffer)
    return takeScratch(bytes)
  }

  private next(): void {
    const waiting = this.waiting.shift()
    if (waiting) waiting()
    else if (--this.busy === 0) this.buffers.splice(0).forEach(freeScratch)
  }
}
