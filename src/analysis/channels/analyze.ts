/**
 * Which channels of a graph can be removed, and what has to go with them.
 *
 * 1. `draw`: each node says which channels of its inputs and outputs are the same.
 * 2. `settle`: where an axis is laid out as several, along which of these channels may go.
 * 3. `ChannelSets`: which channels go together, and which must stay: borders of the graph, and what is not understood.
 * 4. `pinWhatMatters`: those stay that would be missed though their weights are zero.
 * 5. What is left are groups; those that the same layers make are a family: a width.
 */
import type { Graph, Node } from '../../ir'
import { ChannelGroup, type Member } from './channelGroup'
import { ChannelSets } from './channelSets'
import { type Drawing, type DrawingOptions, draw } from './drawing'
import type { Place } from './place'
import { type Settled, settle } from './settle'
import { pinWhatMatters, type Remainder } from './zeros'

/** A width that can be narrowed: groups of equal structure, made by the same layers. */
export interface Family {
  /** The layer that makes these channels first. */
  readonly root: Node
  /** The axis of its output. */
  readonly place: Place
  /** All axes of layers' outputs that hold these channels. */
  readonly made: readonly Place[]
  /** The groups, by number, in the order of the root's channels. */
  readonly groups: readonly number[]
  /** Channels of the root's output in each group. */
  readonly perGroup: number
}

/** A layer that keeps channels, and why. */
export interface Whole {
  readonly node: Node
  readonly reason: string
  /** How many of its output channels stay, and of how many. */
  readonly kept: number
  readonly of: number
}

/** The group that stands for channels that stay. */
export const STAYS = -1

export class ChannelAnalysis {
  constructor(
    readonly drawing: Drawing,
    readonly families: readonly Family[],
    readonly wholes: readonly Whole[],
    /** By place, the group of each channel; {@link STAYS} for those of none. */
    readonly groupsOf: ReadonlyMap<Place, Int32Array>,
    /** What channels add to sums even when their weights are zero. */
    readonly remainders: readonly Remainder[],
  ) {}

  /** Everything that goes with a group. */
  group(number: number): ChannelGroup {
    const members: Member[] = []
    for (const [place, groups] of this.groupsOf) {
      const channels = [...groups.keys()].filter((channel) => groups[channel] === number)
      if (channels.length > 0) members.push({ place, channels })
    }
    const root = this.families.find(({ groups }) => groups.includes(number))?.place
    return new ChannelGroup([
      ...members.filter(({ place }) => place === root),
      ...members.filter(({ place }) => place !== root),
    ])
  }
}

/** Finds the channels of a graph that can be removed; the graph stays as it is. */
export function analyzeChannels(graph: Graph, options: DrawingOptions): ChannelAnalysis {
  const drawing = draw(graph, options)
  const settled = settle(drawing)
  const sets = new ChannelSets(drawing, settled)
  const remainders = pinWhatMatters(drawing, settled, sets)
  pinFullAxes(settled, sets)
  const made = drawing.sketches.flatMap((sketch) =>
    sketch.made.map((place) => ({ node: sketch.node, place })),
  )
  const numbers = numberGroups(made, sets)
  return new ChannelAnalysis(
    drawing,
    familiesOf(made, sets, numbers),
    made.flatMap((layer) => wholeOf(layer, sets) ?? []),
    groupsByPlace(drawing, settled, sets, numbers),
    remainders,
  )
}

interface Made {
  readonly node: Node
  readonly place: Place
}

/** A set that is all of an axis cannot go: nothing would be left. */
function pinFullAxes(settled: Settled, sets: ChannelSets): void {
  for (const place of settled.places) {
    const [first, ...others] = sets.setsOf(place)
    if (others.every((set) => set === first))
      sets.pin(place, 0, 'all these channels hang together, and one of them at least has to stay')
  }
}

/** Numbers the sets that layers make, in the order of the layers. */
function numberGroups(made: readonly Made[], sets: ChannelSets): Map<number, number> {
  const numbers = new Map<number, number>()
  for (const { place } of made) {
    for (const set of sets.setsOf(place))
      if (sets.reasonOf(set) === undefined && !numbers.has(set)) numbers.set(set, numbers.size)
  }
  return numbers
}

function familiesOf(
  made: readonly Made[],
  sets: ChannelSets,
  numbers: ReadonlyMap<number, number>,
): Family[] {
  const structures = structuresOf(made, sets, numbers)
  const byStructure = new Map<string, number[]>()
  for (const [group, structure] of structures.entries()) {
    const key = structure.map(({ layer, count }) => `${layer}:${count}`).join()
    const alike = byStructure.get(key) ?? []
    byStructure.set(key, alike)
    alike.push(group)
  }
  return [...byStructure.values()].map((groups) => {
    const structure = structures[groups[0] as number] ?? []
    const places = structure.map(({ layer }) => (made[layer] as Made).place)
    const { node, place } = made[structure[0]?.layer ?? 0] as Made
    return { root: node, place, made: places, groups, perGroup: structure[0]?.count ?? 1 }
  })
}

/** Of a group, by layer that makes some of its channels: how many. */
type Structure = { readonly layer: number; count: number }[]

function structuresOf(
  made: readonly Made[],
  sets: ChannelSets,
  numbers: ReadonlyMap<number, number>,
): Structure[] {
  const structures: Structure[] = Array.from(numbers, () => [])
  for (const [layer, { place }] of made.entries()) {
    for (const set of sets.setsOf(place)) {
      const structure = structures[numbers.get(set) ?? STAYS]
      const last = structure?.at(-1)
      if (last?.layer === layer) last.count++
      else structure?.push({ layer, count: 1 })
    }
  }
  return structures
}

/** What a layer keeps, if it keeps anything. */
function wholeOf({ node, place }: Made, sets: ChannelSets): Whole | undefined {
  const reasons = sets.setsOf(place).map((set) => sets.reasonOf(set))
  const kept = reasons.filter((reason) => reason !== undefined)
  return kept[0] ? { node, reason: kept[0], kept: kept.length, of: reasons.length } : undefined
}

function groupsByPlace(
  { sketches }: Drawing,
  settled: Settled,
  sets: ChannelSets,
  numbers: ReadonlyMap<number, number>,
): Map<Place, Int32Array> {
  const result = new Map<Place, Int32Array>()
  // In execution order, which the places that are only pinned do not matter for.
  const inOrder = sketches.flatMap((sketch) => settled.linksOf(sketch).flatMap(({ a, b }) => [a, b]))
  for (const place of new Set([...inOrder, ...settled.places])) {
    const groups = Int32Array.from(sets.setsOf(place), (set) => numbers.get(set) ?? STAYS)
    if (groups.some((group) => group !== STAYS)) result.set(place, groups)
  }
  return result
}
