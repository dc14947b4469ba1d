/**
 * Whether channels may really go. Without a channel the graph must compute what it would with all weights of the channel
 * set to zero. So, from its weights on, what the channel holds is followed: zero, or the same number everywhere once a
 * function has f(0) ≠ 0, or who knows. Where channels are summed, zeros may be left out, and numbers where a bias can take
 * over what they add:
 *
 *     y = W · x + b,  x[c] = v   →   y = W[:, rest] · x[rest] + (b + W[:, c] · v)
 */
import type { Node } from '../../ir'
import { scalarOf } from '../constants'
import type { ChannelSets } from './channelSets'
import type { Drawing } from './drawing'
import type { Place } from './place'
import type { Computed, Flow, Link, Sum } from './relations'
import type { Settled } from './settle'
import type { Sketch } from './sketch'

/** What the channels of a summed axis hold when their weights are zero, where that is not zero. */
export interface Remainder {
  readonly node: Node
  /** The axis of the node's input. */
  readonly place: Place
  readonly held: Float64Array
}

/** Pins the channels that would be missed, or must not be zero; gives those that a bias has to make up for. */
export function pinWhatMatters(drawing: Drawing, settled: Settled, sets: ChannelSets): Remainder[] {
  const zeros = new Zeros(drawing, settled, sets)
  for (const sketch of drawing.sketches) zeros.pass(sketch)
  return zeros.remainders
}

class Zeros {
  readonly remainders: Remainder[] = []
  /** Of each channel of a place, what it holds; NaN for who knows. */
  private readonly held = new Map<Place, Float64Array>()
  /** The operator that has made something else of a place's zeros. */
  private readonly losers = new Map<Place, string>()

  constructor(
    private readonly drawing: Drawing,
    private readonly settled: Settled,
    private readonly sets: ChannelSets,
  ) {}

  pass(sketch: Sketch): void {
    for (const sum of sketch.sums) this.checkSum(sketch, sum)
    const links = this.settled.linksOf(sketch).filter(({ isSize }) => !isSize)
    const outputs = new Set(sketch.node.outputs.flatMap((value) => (value && sketch.placesOf(value)) ?? []))
    const virtual = new Set(links.flatMap(({ a, b }) => [a, b]).filter((place) => !place.value))
    for (const place of [...virtual, ...outputs]) {
      if (!this.sets.isFree(place)) continue
      const flow = sketch.flows.get(place) ?? 'covering'
      const sources = links.filter((link) => this.isSource(link, place, outputs))
      this.held.set(place, this.flow(sketch, place, flow, sources))
      this.checkDefined(sketch, place)
      this.noteLoser(sketch, place, flow, sources)
    }
  }

  private isSource({ a, b }: Link, place: Place, outputs: ReadonlySet<Place>): boolean {
    const other = a === place ? b : b === place ? a : undefined
    return other !== undefined && !outputs.has(other) && (other.value !== undefined || this.held.has(other))
  }

  private flow(sketch: Sketch, place: Place, flow: Flow, sources: readonly Link[]): Float64Array {
    const size = place.size ?? 0
    if (flow === 'made') return new Float64Array(size)
    if (flow === 'lost') return new Float64Array(size).fill(Number.NaN)
    if (typeof flow === 'object') return this.compute(sketch, place, flow, sources)
    const held = this.covering(place, sources, flow === 'padded' ? 0 : Number.NaN)
    return flow === 'covering' ? held : held.map((each) => (each === 0 ? 0 : Number.NaN))
  }

  private compute(
    sketch: Sketch,
    place: Place,
    { of, by }: Computed,
    sources: readonly Link[],
  ): Float64Array {
    const each = of.map((index) => {
      const own = new Set(sketch.input(index))
      const open = scalarOf(sketch.node.input(index)) ?? Number.NaN
      return this.covering(
        place,
        sources.filter(({ a, b }) => own.has(a === place ? b : a)),
        open,
      )
    })
    return Float64Array.from({ length: place.size ?? 0 }, (_, channel) =>
      by(each.map((held) => held[channel] ?? Number.NaN)),
    )
  }

  /** What all sources say of each channel; `open` where none has it. */
  private covering(place: Place, sources: readonly Link[], open: number): Float64Array {
    const result = new Array<number | undefined>(place.size ?? 0).fill(undefined)
    for (const link of sources) {
      const [from, to] = link.a === place ? [link.to, link.from] : [link.from, link.to]
      const held = this.heldBy(link.a === place ? link.b : link.a)
      const count = from?.length ?? place.size ?? 0
      for (let at = 0; at < count; at++) {
        const channel = to?.[at] ?? at
        const value = held[from?.[at] ?? at]
        result[channel] = result[channel] === undefined || result[channel] === value ? value : Number.NaN
      }
    }
    return Float64Array.from(result, (held) => held ?? open)
  }

  private noteLoser(sketch: Sketch, place: Place, flow: Flow, sources: readonly Link[]): void {
    if (this.held.get(place)?.every((held) => held === 0)) return
    const inherited = sources.map(({ a, b }) => this.losers.get(a === place ? b : a)).find((each) => each)
    this.losers.set(place, (flow !== 'lost' && inherited) || sketch.node.opType)
  }

  /** Constants are among the weights that are set to zero. */
  private heldBy(place: Place): Float64Array {
    const known = this.held.get(place)
    return known ?? new Float64Array(place.size ?? 0).fill(place.value?.constant ? 0 : Number.NaN)
  }

  private checkSum(sketch: Sketch, { place, partner, along, takesNumbers }: Sum): void {
    if (!this.sets.isFree(place) || (along && !this.sets.isFree(along))) return
    const [own, other] = [this.summed(place), partner && this.summed(partner)]
    own.forEach((held, channel) => {
      if (held === 0 || other?.[channel] === 0 || (takesNumbers && Number.isFinite(held))) return
      const loser = this.losers.get(place) ?? 'its input'
      this.sets.pin(
        place,
        channel,
        `${loser} makes other numbers of zeros, which ${sketch.node.opType} would miss`,
      )
    })
    if (takesNumbers && own.some((held) => held !== 0))
      this.remainders.push({ node: sketch.node, place, held: own })
  }

  /** A weight's part in a sum is sliced, not zeroed. */
  private summed(place: Place): Float64Array {
    const isWeight = place.value !== undefined && this.drawing.isWeight(place.value)
    return isWeight ? new Float64Array(place.size ?? 0).fill(Number.NaN) : this.heldBy(place)
  }

  private checkDefined(sketch: Sketch, place: Place): void {
    this.held.get(place)?.forEach((held, channel) => {
      if (Math.abs(held) === Number.POSITIVE_INFINITY)
        this.sets.pin(place, channel, `${sketch.node.opType} of zero is no number`)
    })
  }
}
