/** Choices that are the same for the same seed. */
import { uniform } from '../../calibrate/support'

export class Dice {
  private readonly next: () => number

  constructor(seed: number) {
    this.next = uniform(seed)
  }

  /** From 0 to 1. */
  real(): number {
    return this.next()
  }

  /** From −scale to scale. */
  noise(count: number, scale = 1): Float32Array {
    return Float32Array.from({ length: count }, () => (2 * this.next() - 1) * scale)
  }

  /** From `least` to `most`, both included. */
  size(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  pick<T>(all: readonly T[]): T {
    return all[this.size(0, all.length - 1)] as T
  }

  /** The numbers below `count`, in any order. */
  order(count: number): number[] {
    const all = Array.from({ length: count }, (_, index) => index)
    for (let last = count - 1; last > 0; last--) {
      const other = this.size(0, last)
      ;[all[last], all[other]] = [all[other] as number, all[last] as number]
    }
    return all
  }
}
