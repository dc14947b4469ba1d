/**
 * Buffers that are used again. Reading hundreds of megabytes of weights into new arrays costs as much as rounding them:
 * the system clears each page first, and the garbage collector runs after every few.
 */
export class ScratchBuffers {
  private readonly idle: Uint8Array[] = []

  /** Lends a buffer of at least `bytes` to `work`. */
  async use<T>(bytes: number, work: (buffer: Uint8Array) => Promise<T>): Promise<T> {
    const buffer = this.take(bytes)
    try {
      return await work(buffer)
    } finally {
      this.idle.push(buffer)
    }
  }

  /** One that is large enough; else the next that is idle makes room for a larger one. */
  private take(bytes: number): Uint8Array {
    const fitting = this.idle.findIndex((buffer) => buffer.byteLength >= bytes)
    const [found] = this.idle.splice(Math.max(0, fitting), 1)
    return found && fitting >= 0 ? found : new Uint8Array(bytes)
  }
}
