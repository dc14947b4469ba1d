/**
 * Where channels are: one axis of one value. Axes of a constant vector belong to the node that reads it, since a bias
 * that equal layers share can become a vector of its own for each of them; a shared matrix stays one.
 */
import type { Dimension, Node, Use, Value } from '../../ir'
import type { TypeView } from '../types'

/** One axis, whose channels are numbered from 0. */
export class Place {
  constructor(
    /** The value; undefined for an axis that only a node's attributes know, such as the groups of a convolution. */
    readonly value: Value | undefined,
    readonly axis: number,
    /** Number of channels; undefined while it is not known. */
    public size: number | undefined,
    /** The name of a size that is only known when the model runs. */
    readonly symbol?: string,
    /** The one reader to whom this axis belongs. */
    readonly use?: Use,
    private readonly title = '',
  ) {}

  /** Whether there is something to remove. */
  get isWide(): boolean {
    return this.size !== undefined && this.size > 1
  }

  toString(): string {
    return this.value ? `axis ${this.axis} of ${JSON.stringify(this.value.name)}` : this.title
  }
}

/** The places of a graph, made when first asked for. What rules learn about sizes is kept in them. */
export class Places {
  private readonly ofValues = new Map<Value, readonly Place[]>()
  private readonly ofUses = new Map<Node, Map<number, readonly Place[]>>()
  private readonly ofNodes = new Map<Node, Map<string, Place>>()

  constructor(private readonly types: TypeView) {}

  /** The axes of what a node reads; undefined where not even their number is known. */
  input(node: Node, index: number): readonly Place[] | undefined {
    const value = node.input(index)
    if (!value) return undefined
    return isVector(value) ? this.ofUse(node, index, value) : this.of(value)
  }

  /** The axes of a value. */
  of(value: Value): readonly Place[] | undefined {
    const known = this.ofValues.get(value)
    const shape = known ? undefined : this.types.shapeOf(value)
    return known ?? (shape && this.add(value, shape))
  }

  /** Says what the sizes of a value's axes are, as far as they are known; undefined when its rank is another. */
  declare(value: Value, sizes: readonly (number | undefined)[]): readonly Place[] | undefined {
    const places = this.of(value) ?? this.add(value, sizes)
    if (places.length !== sizes.length) return undefined
    places.forEach((place, axis) => {
      place.size ??= sizes[axis]
    })
    return places
  }

  /** An axis that no value has. */
  virtual(node: Node, title: string, size: number): Place {
    const own = this.ofNodes.get(node) ?? new Map<string, Place>()
    this.ofNodes.set(node, own)
    const place = own.get(title) ?? new Place(undefined, 0, size, undefined, undefined, title)
    own.set(title, place)
    return place
  }

  /** That axis, where a rule has made it. */
  findVirtual(node: Node, title: string): Place | undefined {
    return this.ofNodes.get(node)?.get(title)
  }

  private add(value: Value, shape: readonly Dimension[]): readonly Place[] {
    const places = shape.map((size, axis) => placeOf(value, axis, size))
    this.ofValues.set(value, places)
    return places
  }

  private ofUse(node: Node, index: number, value: Value): readonly Place[] {
    const own = this.ofUses.get(node) ?? new Map<number, readonly Place[]>()
    this.ofUses.set(node, own)
    const shape = value.constant?.shape ?? []
    const places = own.get(index) ?? shape.map((size, axis) => placeOf(value, axis, size, { node, index }))
    own.set(index, places)
    return places
  }
}

function placeOf(value: Value, axis: number, size: Dimension, use?: Use): Place {
  const known = typeof size === 'number' ? size : undefined
  return new Place(value, axis, known, typeof size === 'string' ? size : undefined, use)
}

/** Whether a value is a constant with at most one axis to speak of. */
function isVector({ constant }: Value): boolean {
  return constant !== undefined && constant.shape.filter((size) => size > 1).length < 2
}
