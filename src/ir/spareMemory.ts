/** Memory that is taken again and again; it goes back once garbage is collected. */
export class SpareMemory {
  private kept = new WeakRef(new Uint8Array(0))
  private latest: Promise<unknown> = Promise.resolve()

  /** So many bytes, with anything in them: what was taken before. For use without waiting. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    let found = this.kept.deref()
    if (!found || found.byteLength < bytes) {
      found = new Uint8Array(bytes)
      this.kept = new WeakRef(found)
    }
    return found.subarray(0, bytes)
  }

  /** The same for one after the other, each until what `use` promises has come. */
  lend<T>(bytes: number, use: (memory: Uint8Array<ArrayBuffer>) => Promise<T>): Promise<T> {
    const turn = this.latest.then(() => use(this.take(bytes)))
    this.latest = turn.catch(() => undefined)
    return turn
  }
}
