/** What is left of each axis once groups of channels are gone. */
import type { ChannelAnalysis, Place } from '../../../../analysis/channels'
import type { Node, Value } from '../../../../ir'

export class Kept {
  private readonly channels = new Map<Place, Int32Array>()

  constructor(
    readonly analysis: ChannelAnalysis,
    removed: ReadonlySet<number>,
  ) {
    for (const [place, groups] of analysis.groupsOf) {
      const left = Int32Array.from(groups.keys()).filter((channel) => !removed.has(groups[channel] as number))
      if (left.length < groups.length) this.channels.set(place, left)
    }
  }

  /** The channels of an axis that are left, in order; undefined where all are. */
  of(place: Place | undefined): Int32Array | undefined {
    return place && this.channels.get(place)
  }

  /** By axis of what a node reads. */
  input(node: Node, index: number): readonly (Int32Array | undefined)[] {
    return this.each(this.analysis.drawing.places.input(node, index))
  }

  /** By axis of a value. */
  value(value: Value | undefined): readonly (Int32Array | undefined)[] {
    return this.each(value && this.analysis.drawing.places.of(value))
  }

  /** An axis that only a node's attributes know. */
  virtual(node: Node, title: string): Int32Array | undefined {
    return this.of(this.analysis.drawing.places.findVirtual(node, title))
  }

  /** The size of an axis as it was; undefined while it is not known. */
  sizeBefore(value: Value | undefined, axis: number): number | undefined {
    return value && this.analysis.drawing.places.of(value)?.[axis]?.size
  }

  sizeAfter(value: Value | undefined, axis: number): number | undefined {
    return this.value(value)[axis]?.length ?? this.sizeBefore(value, axis)
  }

  private each(places: readonly Place[] | undefined): readonly (Int32Array | undefined)[] {
    return places?.map((place) => this.of(place)) ?? []
  }
}

/** How many of the kept channels come before one. */
export function countBefore(kept: Int32Array, channel: number): number {
  return kept.reduce((count, each) => (each < channel ? count + 1 : count), 0)
}
