/**
 * What one node says about channels: which of its inputs' and outputs' channels are the same, and which have to stay.
 * A rule draws it; whatever axis it does not mention stays whole.
 */
import type { Node, Value } from '../../ir'
import type { SizeElements } from '../sizeElements'
import type { Place, Places } from './place'
import type { Block, Flow, Link, Pin, Sum } from './relations'

/** What a rule may ask about the graph around its node. */
export interface Surroundings {
  readonly places: Places
  readonly sizes: SizeElements
  readonly opset: number
  /** Whether a value is a constant or made of constants alone. */
  isWeight(value: Value): boolean
}

const ALONE = 'they are picked one by one'

export class Sketch {
  readonly links: Link[] = []
  readonly blocks: Block[] = []
  readonly pins: Pin[] = []
  readonly sums: Sum[] = []
  readonly flows = new Map<Place, Flow>()
  /** Output channels that a weight of this node makes: the width of a layer. */
  readonly made: Place[] = []
  private readonly mentioned = new Set<Place>()

  constructor(
    readonly node: Node,
    private readonly around: Surroundings,
  ) {}

  get opset(): number {
    return this.around.opset
  }

  get sizes(): SizeElements {
    return this.around.sizes
  }

  private get places(): Places {
    return this.around.places
  }

  /** Whether input `index` is a constant or made of constants alone. */
  isWeight(index: number): boolean {
    const value = this.node.input(index)
    return value !== undefined && this.around.isWeight(value)
  }

  isFloatConstant(index: number): boolean {
    return this.node.input(index)?.constant?.dataType === 'float32'
  }

  /** The axes of input `index`; undefined where the input is left out or its rank unknown. */
  input(index: number): readonly Place[] | undefined {
    return this.places.input(this.node, index)
  }

  /** The axes of input `index`, which by the rules of the operator has these sizes. */
  inputOf(index: number, sizes: readonly (number | undefined)[]): readonly Place[] | undefined {
    const value = this.node.input(index)
    if (!value) return undefined
    const known = this.places.input(this.node, index)
    if (!known) return this.places.declare(value, sizes)
    return known.length === sizes.length ? known : undefined
  }

  /** The axes of an output, which by the rules of the operator has these sizes. */
  output(index: number, sizes: readonly (number | undefined)[]): readonly Place[] | undefined {
    const value = this.node.output(index)
    return value && this.places.declare(value, sizes)
  }

  /** The axes of an output as the model's types say. */
  typedOutput(index = 0): readonly Place[] | undefined {
    const value = this.node.output(index)
    return value && this.places.of(value)
  }

  readonly placesOf = (value: Value): readonly Place[] | undefined => this.places.of(value)

  virtual(title: string, size: number): Place {
    return this.places.virtual(this.node, title, size)
  }

  /** The channels of two axes of the same size are the same. */
  same(a: Place | undefined, b: Place | undefined): void {
    if (!a || !b) return
    a.size ??= b.size
    b.size ??= a.size
    this.mention(a, b)
    if (a.size !== b.size) this.pin('sizes that should be equal are not', a, b)
    else if (a !== b) this.links.push({ a, b })
  }

  /** The size of one axis is used for another, so both have to lose the same. */
  sameSize(a: Place | undefined, b: Place | undefined): void {
    const before = this.links.length
    this.same(a, b)
    const link = this.links[before]
    if (link) this.links[before] = { ...link, isSize: true }
  }

  /** `count` channels of `a` from `first` on are those of `b` from `at` on. */
  range(a: Place, first: number, b: Place, at: number, count: number): void {
    const from = Int32Array.from({ length: count }, (_, index) => first + index)
    this.map(
      a,
      from,
      b,
      from.map((channel) => channel - first + at),
    )
  }

  /** A channel that is all of a place has to stay wherever else it is. */
  map(a: Place, from: Int32Array, b: Place, to: Int32Array): void {
    this.mention(a, b)
    if (b.size === 1) this.pinChannels(ALONE, a, [...from])
    else if (a.size === 1) this.pinChannels(ALONE, b, [...to])
    else this.links.push({ a, b, from, to })
  }

  /** `flat` is laid out as `factors`; those of size 1 do not matter. */
  block(flat: Place, factors: readonly Place[]): void {
    this.mention(flat, ...factors)
    inferSizes(flat, factors)
    const wide = factors.filter((factor) => factor.size !== 1)
    const [only] = wide
    if (wide.length === 1) this.same(flat, only)
    else if (wide.length > 1) this.blocks.push({ flat, factors: wide, node: this.node })
  }

  pin(reason: string, ...places: readonly (Place | undefined)[]): void {
    for (const place of places) {
      if (!place) continue
      this.mention(place)
      this.pins.push({ place, reason })
    }
  }

  pinChannels(reason: string, place: Place, channels: readonly number[]): void {
    this.mention(place)
    this.pins.push({ place, reason, channels })
  }

  sum(place: Place | undefined, more: Omit<Sum, 'place'> = {}): void {
    if (!place) return
    this.mention(place)
    this.sums.push({ place, ...more })
  }

  flow(flow: Flow, ...places: readonly (Place | undefined)[]): void {
    for (const place of places) if (place) this.flows.set(place, flow)
  }

  make(place: Place | undefined): void {
    if (place) this.made.push(place)
  }

  /** Says that an axis may lose channels without this node minding. */
  mention(...places: readonly (Place | undefined)[]): void {
    for (const place of places) if (place) this.mentioned.add(place)
  }

  /** Pins what was not mentioned. */
  finish(reason: string): void {
    for (const [index] of this.node.inputs.entries()) this.pinRest(reason, this.input(index))
    for (const output of this.node.outputs) if (output) this.pinRest(reason, this.places.of(output))
  }

  pinAll(reason: string): void {
    for (const [index] of this.node.inputs.entries()) this.pin(reason, ...(this.input(index) ?? []))
    this.pinOutputs(reason)
  }

  pinOutputs(reason: string): void {
    for (const output of this.node.outputs) if (output) this.pin(reason, ...(this.places.of(output) ?? []))
  }

  private pinRest(reason: string, places: readonly Place[] | undefined): void {
    for (const place of places ?? []) if (!this.mentioned.has(place)) this.pins.push({ place, reason })
  }
}

/** Finds the one size that is not known of an axis and what it is laid out as. */
function inferSizes(flat: Place, factors: readonly Place[]): void {
  const open = factors.filter((factor) => factor.size === undefined)
  const known = factors.reduce((all, factor) => all * (factor.size ?? 1), 1)
  const [last] = open
  if (!last) flat.size ??= known
  else if (open.length === 1 && flat.size !== undefined && flat.size % known === 0)
    last.size = flat.size / known
}
