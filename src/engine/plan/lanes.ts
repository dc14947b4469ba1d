/** Buffers that take turns: so many at once, and none kept once nobody waits. */
import { freeScratch, takeScratch } from '../../native'
import { Turns } from './turns'

/** New memory costs as much as reading into it, and what all weights lie in at once is memory too. */
export class Lanes {
  private readonly buffers: Uint8Array<ArrayBuffer>[] = []
  private readonly turns: Turns

  /** @param count buffers that are in use at once */
  constructor(count: number) {
    this.turns = new Turns(count)
  }

  /** Calls `use` with at least `bytes` bytes, of which it may know nothing once it has ended. */
  async use<T>(bytes: number, use: (buffer: Uint8Array) => Promise<T>): Promise<T> {
    try {
      return await this.turns.take(async () => {
        const buffer = this.takeBuffer(bytes)
        try {
          return await use(buffer)
        } finally {
          this.buffers.push(buffer)
        }
      })
    } finally {
      if (this.turns.isOver) this.buffers.splice(0).forEach(freeScratch)
    }
  }

  /** The smallest that is large enough; else the largest gives way to a larger one. */
  private takeBuffer(bytes: number): Uint8Array<ArrayBuffer> {
    this.buffers.sort((a, b) => a.byteLength - b.byteLength)
    const found = this.buffers.findIndex(({ byteLength }) => byteLength >= bytes)
    const [buffer] = found < 0 ? this.buffers.splice(-1) : this.buffers.splice(found, 1)
    if (buffer && found >= 0) return buffer
    if (buffer) freeScratch(buffer)
    return takeScratch(bytes)
  }
}
