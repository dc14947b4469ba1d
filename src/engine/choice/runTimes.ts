/** How long the runs of a candidate took. */
export class RunTimes {
  private readonly runs: number[] = []

  add(seconds: number): void {
    this.runs.push(seconds)
  }

  get count(): number {
    return this.runs.length
  }

  /** Seconds of the fastest run; Infinity before any. */
  get least(): number {
    return Math.min(...this.runs)
  }

  /** Seconds of all together. */
  get sum(): number {
    return this.runs.reduce((sum, each) => sum + each, 0)
  }
}
