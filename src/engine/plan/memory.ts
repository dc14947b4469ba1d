/**
 * Where values lie in the working memory: each from the step that first writes it to the one that last reads it, the
 * largest placed first, at the lowest offset that is free all that time. (Greedy by size; Pisarchyk and Lee,
 * arXiv:2001.03288, section 4.4.)
 */
import type { Slot } from './slot'
import type { Step } from './step'

/** Starts of values are multiples of a cache line. */
const ALIGNMENT = 64

interface Lifetime {
  readonly slot: Slot
  readonly first: number
  last: number
}

export interface MemoryPlan {
  readonly offsets: ReadonlyMap<Slot, number>
  readonly bytes: number
}

export function planMemory(steps: readonly Step[]): MemoryPlan {
  const lifetimes = [...lifetimesOf(steps).values()].sort((a, b) => b.slot.bytes - a.slot.bytes)
  const offsets = new Map<Slot, number>()
  const placed: Lifetime[] = []
  let bytes = 0
  for (const each of lifetimes) {
    const offset = lowestFree(each, placed, offsets)
    offsets.set(each.slot, offset)
    placed.push(each)
    bytes = Math.max(bytes, offset + aligned(each.slot.bytes))
  }
  return { offsets, bytes }
}

function lifetimesOf(steps: readonly Step[]): Map<Slot, Lifetime> {
  const lifetimes = new Map<Slot, Lifetime>()
  for (const [index, step] of steps.entries()) {
    for (const { root } of [...step.inputs, ...step.outputs]) {
      if (root.place !== 'arena') continue
      const known = lifetimes.get(root)
      if (known) known.last = index
      else lifetimes.set(root, { slot: root, first: index, last: index })
    }
  }
  return lifetimes
}

function lowestFree(
  wanted: Lifetime,
  placed: readonly Lifetime[],
  offsets: ReadonlyMap<Slot, number>,
): number {
  const inTheWay = placed
    .filter((other) => other.first <= wanted.last && other.last >= wanted.first)
    .map(({ slot }) => ({ from: offsets.get(slot) ?? 0, bytes: aligned(slot.bytes) }))
    .sort((a, b) => a.from - b.from)
  let offset = 0
  for (const { from, bytes } of inTheWay) {
    if (offset + aligned(wanted.slot.bytes) <= from) break
    offset = Math.max(offset, from + bytes)
  }
  return offset
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}
