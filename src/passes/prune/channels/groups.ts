/** The groups of all graphs of a model, numbered through: where each has channels, which are gone, what is left. */
import type { ChannelAnalysis, Family, Place } from '../../../analysis/channels'

/** How many channels a group has in a place. */
export interface Share {
  readonly place: number
  readonly channels: number
}

export class Groups {
  readonly families: readonly Family[]
  readonly places: readonly Place[]
  /** Of each group, where it has channels. */
  readonly shares: readonly (readonly Share[])[]
  private readonly starts: readonly number[]
  private readonly numbers: ReadonlyMap<Place, number>
  private readonly left: number[]
  private readonly gone = new Set<number>()

  constructor(readonly analyses: readonly ChannelAnalysis[]) {
    const counts = analyses.map(({ families }) =>
      families.reduce((sum, { groups }) => sum + groups.length, 0),
    )
    this.starts = counts.map((_, at) => counts.slice(0, at).reduce((sum, count) => sum + count, 0))
    this.families = analyses.flatMap(({ families }, at) =>
      families.map((family) => this.numbered(family, at)),
    )
    this.places = analyses.flatMap(({ groupsOf }) => [...groupsOf.keys()])
    this.numbers = new Map(this.places.map((place, number) => [place, number]))
    this.left = this.places.map((place) => place.size ?? 0)
    this.shares = analyses.flatMap((analysis) => sharesOf(analysis, this.numbers))
  }

  get count(): number {
    return this.shares.length
  }

  get removedCount(): number {
    return this.gone.size
  }

  has(group: number): boolean {
    return !this.gone.has(group)
  }

  /** The groups of a place's channels; below 0 for those of none. */
  of(place: Place): Int32Array | undefined {
    const at = this.analyses.findIndex(({ groupsOf }) => groupsOf.has(place))
    const start = this.starts[at] as number
    return this.analyses[at]?.groupsOf.get(place)?.map((group) => (group < 0 ? group : group + start))
  }

  /** What is gone of one graph, as its analysis numbers it. */
  removedFrom(analysis: ChannelAnalysis): Set<number> {
    const start = this.starts[this.analyses.indexOf(analysis)] as number
    const count = analysis.families.reduce((sum, { groups }) => sum + groups.length, 0)
    return new Set([...this.gone].map((group) => group - start).filter((own) => own >= 0 && own < count))
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
    for (const group of groups) this.gone.add(group)
  }

  /** Takes back what was removed. */
  restore(groups: readonly number[]): void {
    this.change(groups, 1)
    for (const group of groups) this.gone.delete(group)
  }

  private numbered(family: Family, at: number): Family {
    const start = this.starts[at] as number
    return { ...family, groups: family.groups.map((group) => group + start) }
  }

  private change(groups: readonly number[], sign: 1 | -1): void {
    for (const group of groups) {
      for (const { place, channels } of this.shares[group] ?? [])
        this.left[place] = (this.left[place] as number) + sign * channels
    }
  }
}

function sharesOf({ groupsOf, families }: ChannelAnalysis, numbers: ReadonlyMap<Place, number>): Share[][] {
  const shares: Share[][] = families.flatMap(({ groups }) => groups.map(() => []))
  for (const [place, groups] of groupsOf) {
    const counts = new Map<number, number>()
    for (const group of groups) if (group >= 0) counts.set(group, (counts.get(group) ?? 0) + 1)
    for (const [group, channels] of counts)
      shares[group]?.push({ place: numbers.get(place) as number, channels })
  }
  return shares
}
