/** Importance of groups as a mean over what is known of their channels, each place in units of its own mean. */

import type { Place } from '../../../../analysis/channels'
import type { Groups } from '../groups'

export class Importance {
  private readonly sums: Float64Array
  private readonly counts: Float64Array

  constructor(private readonly groups: Groups) {
    this.sums = new Float64Array(groups.count)
    this.counts = new Float64Array(groups.count)
  }

  /** Adds what each channel of a place matters, at least 0. */
  addChannels(place: Place, matters: Float64Array): void {
    const of = this.groups.of(place)
    if (!of) return
    const mean = matters.reduce((sum, each) => sum + each, 0) / matters.length
    for (const [channel, group] of of.entries())
      if (group >= 0 && mean > 0) this.add(group, (matters[channel] as number) / mean)
  }

  /** Adds what a whole group matters somewhere. */
  add(group: number, matters: number): void {
    this.sums[group] = (this.sums[group] as number) + matters
    this.counts[group] = (this.counts[group] as number) + 1
  }

  /** Whether anything is known of a group. */
  knows(group: number): boolean {
    return (this.counts[group] as number) > 0
  }

  /** By group; `fallback` where nothing is known. */
  means(fallback?: Float64Array): Float64Array {
    return this.sums.map((sum, group) =>
      this.knows(group) ? sum / (this.counts[group] as number) : (fallback?.[group] ?? 1),
    )
  }
}
