/**
 * Where one axis is laid out as several, along which of these channels may go; the others then keep all of theirs. That
 * is decided for whole axes, by which hang together and which must stay:
 *
 *     768 = 12 heads · 64      whole heads go, so each has 64 as before
 */
import { DisjointSets } from './disjointSets'
import type { Drawing } from './drawing'
import type { Place } from './place'
import type { Block, Link, Pin } from './relations'
import type { Sketch } from './sketch'

export interface Settled {
  /** Links of a sketch, those of what its axes are laid out as among them. */
  linksOf(sketch: Sketch): readonly Link[]
  /** What nodes, borders and these decisions keep, in the order in which they say so. */
  readonly pins: readonly Pin[]
  /** Everything that may have channels to remove. */
  readonly places: readonly Place[]
}

const INSIDE = 'they lie inside blocks of channels, of which only whole ones may go'

class Axes {
  readonly decisions: Pin[] = []
  private readonly numbers = new Map<Place, number>()
  private readonly sets: DisjointSets
  private readonly reasons: (string | undefined)[]
  private readonly picked: Uint8Array

  constructor(readonly places: readonly Place[]) {
    for (const [number, place] of places.entries()) this.numbers.set(place, number)
    this.sets = new DisjointSets(places.length)
    this.reasons = new Array(places.length)
    this.picked = new Uint8Array(places.length)
  }

  join(a: Place, b: Place): void {
    const [x, y] = [this.root(a), this.root(b)]
    const reason = this.reasons[x] ?? this.reasons[y]
    const picked = (this.picked[x] as number) | (this.picked[y] as number)
    this.sets.union(x, y)
    const root = this.sets.find(x)
    this.reasons[root] = reason
    this.picked[root] = picked
  }

  pin(place: Place, reason: string): void {
    this.reasons[this.root(place)] ??= reason
  }

  /** Pins what nobody has pinned before. */
  decide(place: Place, reason: string): void {
    this.decisions.push({ place, reason })
    this.pin(place, reason)
  }

  pick(place: Place): void {
    this.picked[this.root(place)] = 1
  }

  isPicked(place: Place): boolean {
    return this.picked[this.root(place)] === 1
  }

  reasonOf(place: Place): string | undefined {
    return this.reasons[this.root(place)]
  }

  private root(place: Place): number {
    return this.sets.find(this.numbers.get(place) ?? 0)
  }
}

export function settle({ sketches, borders }: Drawing): Settled {
  const links = sketches.flatMap((sketch) => sketch.links)
  const blocks = sketches.flatMap((sketch) => sketch.blocks)
  const pins = [...sketches.flatMap((sketch) => sketch.pins), ...borders]
  const axes = new Axes([
    ...new Set([
      ...links.flatMap(({ a, b }) => [a, b]),
      ...blocks.flatMap(({ flat, factors }) => [flat, ...factors]),
      ...pins.map(({ place }) => place),
    ]),
  ])
  for (const link of links) if (isFull(link)) axes.join(link.a, link.b)
  for (const { place, reason } of wholePins(pins)) axes.pin(place, reason)
  const chosen = chooseFactors(axes, blocks)
  return {
    linksOf: ({ links: own, blocks: cut }) => [...own, ...cut.flatMap((block) => chosen.get(block) ?? [])],
    pins: [...pins, ...axes.decisions],
    places: axes.places.filter((place) => place.isWide),
  }
}

/** Pins of whole axes, and of axes whose channels are pinned one by one. */
function wholePins(pins: readonly Pin[]): Pin[] {
  const pinned = new Map<Place, Set<number>>()
  return pins.filter(({ place, channels }) => {
    if (!channels) return true
    const all = pinned.get(place) ?? new Set<number>()
    pinned.set(place, all)
    for (const channel of channels) all.add(channel)
    return all.size === place.size
  })
}

/** Whether a link speaks of all channels of both. */
function isFull({ a, b, from }: Link): boolean {
  return !from || (from.length >= (a.size ?? 0) && from.length >= (b.size ?? 0))
}

/** Decides block by block; what is decided may pin axes of others. */
function chooseFactors(axes: Axes, blocks: readonly Block[]): Map<Block, Link> {
  const chosen = new Map<Block, Link>()
  const open = new Set(blocks)
  dropPinned(axes, open)
  for (const block of blocks) {
    if (!open.delete(block)) continue
    const factor = choose(axes, block)
    for (const other of block.factors) if (other !== factor) axes.decide(other, INSIDE)
    axes.join(block.flat, factor)
    axes.pick(factor)
    chosen.set(block, blockLink(block, factor))
    dropPinned(axes, open)
  }
  return chosen
}

/** Where an axis must stay whole, so must all that it is laid out as, and the other way around. */
function dropPinned(axes: Axes, open: Set<Block>): void {
  for (let before = -1; before !== open.size; ) {
    before = open.size
    for (const block of open) {
      const reason = whyWhole(axes, block)
      if (!reason) continue
      for (const place of [block.flat, ...block.factors]) axes.decide(place, reason)
      open.delete(block)
    }
  }
}

function whyWhole(axes: Axes, { flat, factors }: Block): string | undefined {
  const reason = axes.reasonOf(flat)
  if (reason) return reason
  if ([flat, ...factors].some((place) => place.size === undefined)) return 'the size of an axis is not known'
  const reasons = factors.map((factor) => axes.reasonOf(factor))
  return reasons.every((each) => each !== undefined) ? reasons[0] : undefined
}

/** The factor that was chosen elsewhere before, or the outermost that may lose channels. */
function choose(axes: Axes, { factors }: Block): Place {
  const free = factors.filter((factor) => axes.reasonOf(factor) === undefined)
  return (free.find((factor) => axes.isPicked(factor)) ?? free[0]) as Place
}

function blockLink({ flat, factors }: Block, factor: Place): Link {
  const at = factors.indexOf(factor)
  const inner = factors.slice(at + 1).reduce((all, { size = 1 }) => all * size, 1)
  const from = Int32Array.from({ length: flat.size ?? 0 }, (_, channel) => channel)
  const to = from.map((channel) => Math.floor(channel / inner) % (factor.size ?? 1))
  return { a: flat, b: factor, from, to }
}
