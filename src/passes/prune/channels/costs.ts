/** What a model costs as channels go: multiply-accumulates and parameters, from how much is left of each axis. */
import type { ChannelAnalysis, Place } from '../../../analysis/channels'
import { countElements, type Node } from '../../../ir'
import type { Groups } from './groups'

export type Measure = 'macs' | 'parameters'

/** Something that costs in proportion to what is left of some axes. */
interface Item {
  readonly cost: number
  readonly places: readonly Place[]
}

/** The multiply-accumulates of a node as it is; undefined where its sizes are not known. */
export type MacsOf = (node: Node) => number | undefined

export class Costs {
  private readonly items: readonly Item[]
  /** Items by place number. */
  private readonly touching: readonly (readonly Item[])[]

  constructor(
    private readonly groups: Groups,
    measure: Measure,
    macsOf: MacsOf,
  ) {
    this.items = groups.analyses.flatMap((analysis) =>
      measure === 'macs' ? macItems(analysis, macsOf) : parameterItems(analysis),
    )
    const touching = new Map<Place, Item[]>()
    for (const item of this.items)
      for (const place of item.places) touching.set(place, [...(touching.get(place) ?? []), item])
    this.touching = groups.places.map((place) => touching.get(place) ?? [])
  }

  /** Of what is left now. */
  get total(): number {
    return this.items.reduce((sum, item) => sum + this.costOf(item), 0)
  }

  /** What would be saved if these groups went too. */
  saving(groups: readonly number[]): number {
    const items = new Set<Item>()
    for (const group of groups)
      for (const { place } of this.groups.shares[group] ?? [])
        for (const item of this.touching[place] ?? []) items.add(item)
    const before = this.sum(items)
    this.groups.remove(groups)
    const after = this.sum(items)
    this.groups.restore(groups)
    return before - after
  }

  private sum(items: Iterable<Item>): number {
    let sum = 0
    for (const item of items) sum += this.costOf(item)
    return sum
  }

  private costOf({ cost, places }: Item): number {
    return places.reduce((product, place) => product * (this.groups.leftOf(place) / (place.size ?? 1)), cost)
  }
}

/** A product costs as much as its output has elements, times what each sums over. */
function macItems({ drawing }: ChannelAnalysis, macsOf: MacsOf): Item[] {
  return drawing.sketches.flatMap(({ node, sums }) => {
    const cost = macsOf(node)
    const output = node.output()
    if (!cost || !output) return []
    const summed = sums.map(({ place, along }) => along ?? place)
    return [
      { cost, places: [...(drawing.places.of(output) ?? []), ...summed].filter((place) => place.isWide) },
    ]
  })
}

/** Constants that hold weights; a vector that several nodes read counts once. */
function parameterItems({ drawing }: ChannelAnalysis): Item[] {
  const items = new Map<unknown, Item>()
  for (const { node } of drawing.sketches) {
    for (const [index, value] of node.inputs.entries()) {
      const tensor = value?.constant
      if (!tensor || /^(int64|int32|bool|string)$/.test(tensor.dataType) || items.has(value)) continue
      const places = drawing.places.input(node, index) ?? []
      items.set(value, { cost: countElements(tensor.shape), places: places.filter((place) => place.isWide) })
    }
  }
  return [...items.values()]
}
