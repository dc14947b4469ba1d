/** The groups of an analysis with what selecting among them needs: where each has channels, and how many stay. */
import type { ChannelAnalysis, Place } from '../../../analysis/channels'

/** How many channels a group has in a place. */
export interface Share {
  readonly place: number
  readonly channels: number
}

export class Groups {
  readonly places: readonly Place[]
  /** Of each group, where it has channels. */
  readonly shares: readonly (readonly Share[])[]
  readonly removed = new Set<number>()
  private readonly left: number[]
  private readonly numbers: ReadonlyMap<Place, number>

  constructor(readonly analysis: ChannelAnalysis) {
    this.places = [...analysis.groupsOf.keys()]
    this.numbers = new Map(this.places.map((place, number) => [place, number]))
    this.left = this.places.map((place) => place.size ?? 0)
    this.shares = sharesOf(analysis)
  }

  get count(): number {
    return this.shares.length
  }

  /** Channels that a place has left; of one that never loses any, all. */
  leftOf(place: Place): number {
    const number = this.numbers.get(place)
    return number === undefined ? (place.size ?? 1) : (this.left[number] as number)
  }

  /** Whether something stays everywhere without these groups. */
  canRemove(groups: readonly number[]): boolean {
    const lost = new Map<number, number>()
    for (const group of groups) {
      for (const { place, channels } of this.shares[group] ?? [])
        lost.set(place, (lost.get(place) ?? 0) + channels)
    }
    return [...lost].every(([place, channels]) => (this.left[place] as number) > channels)
  }

  remove(groups: readonly number[]): void {
    this.change(groups, -1)
    for (const group of groups) this.removed.add(group)
  }

  /** Takes back what was removed. */
  restore(groups: readonly number[]): void {
    this.change(groups, 1)
    for (const group of groups) this.removed.delete(group)
  }

  private change(groups: readonly number[], sign: 1 | -1): void {
    for (const group of groups) {
      for (const { place, channels } of this.shares[group] ?? [])
        this.left[place] = (this.left[place] as number) + sign * channels
    }
  }
}

function sharesOf({ groupsOf }: ChannelAnalysis): Share[][] {
  const shares: Share[][] = []
  for (const [place, [, groups]] of [...groupsOf].entries()) {
    const counts = new Map<number, number>()
    for (const group of groups) if (group >= 0) counts.set(group, (counts.get(group) ?? 0) + 1)
    for (const [group, channels] of counts) {
      shares[group] ??= []
      shares[group].push({ place, channels })
    }
  }
  return shares
}
