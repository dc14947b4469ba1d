/** Work that waits until few enough others are at it; first come, first served. */
export class Turns {
  private busy = 0
  private readonly waiting: (() => void)[] = []

  /** @param most how many may work at once */
  constructor(private readonly most: number) {}

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.busy === this.most) await new Promise<void>((resolve) => this.waiting.push(resolve))
    else this.busy++
    try {
      return await work()
    } finally {
      const next = this.waiting.shift()
      if (next) next()
      else this.busy--
    }
  }

  /** Whether nobody works or waits. */
  get isOver(): boolean {
    return this.busy === 0
  }
}
