/** Channel by channel: which go together, over all places that may lose some. */
import { DisjointSets } from './disjointSets'
import type { Drawing } from './drawing'
import type { Place } from './place'
import type { Settled } from './settle'

export class ChannelSets {
  private readonly starts = new Map<Place, number>()
  private readonly sets: DisjointSets
  private readonly reasons = new Map<number, string>()
  private readonly free = new Set<Place>()

  constructor({ sketches }: Drawing, settled: Settled) {
    let count = 0
    for (const place of settled.places) {
      this.starts.set(place, count)
      count += place.size ?? 0
    }
    this.sets = new DisjointSets(count)
    for (const sketch of sketches) for (const link of settled.linksOf(sketch)) this.join(link)
    for (const { place, reason, channels } of settled.pins)
      for (const channel of channels ?? channelsOf(place)) this.pin(place, channel, reason)
    for (const place of settled.places)
      if (this.setsOf(place).some((set) => !this.reasons.has(set))) this.free.add(place)
  }

  /** Whether a place may lose channels at all. */
  isFree(place: Place): boolean {
    return this.free.has(place)
  }

  /** The sets of all channels of a place; none where it has nothing to do with others. */
  setsOf(place: Place): number[] {
    const start = this.starts.get(place)
    return start === undefined ? [] : channelsOf(place).map((channel) => this.sets.find(start + channel))
  }

  /** A number that channels have in common that go together. */
  setOf(place: Place, channel: number): number {
    return this.sets.find((this.starts.get(place) ?? 0) + channel)
  }

  pin(place: Place, channel: number, reason: string): void {
    if (!this.starts.has(place)) return
    const set = this.setOf(place, channel)
    if (!this.reasons.has(set)) this.reasons.set(set, reason)
  }

  /** Why the channels of a set must stay. */
  reasonOf(set: number): string | undefined {
    return this.reasons.get(set)
  }

  private join({ a, b, from, to }: ReturnType<Settled['linksOf']>[number]): void {
    const [x, y] = [this.starts.get(a), this.starts.get(b)]
    if (x === undefined || y === undefined) return
    const count = from?.length ?? a.size ?? 0
    for (let at = 0; at < count; at++) this.sets.union(x + (from?.[at] ?? at), y + (to?.[at] ?? at))
  }
}

function channelsOf({ size = 0 }: Place): number[] {
  return Array.from({ length: size }, (_, channel) => channel)
}
