/**
 * Where values lie in the working memory: each from the step that first writes it to the one that last reads it, the
 * largest placed first, at the lowest offset that is free all that time. (Greedy by size; Pisarchyk and Lee,
 * arXiv:2001.03288, section 4.4.) Upper and lower halves of images have parts of the memory to themselves.
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
  const bytes = [undefined, 'upper', 'lower'].reduce((start, half) => {
    const those = lifetimes.filter(({ slot }) => slot.half === half)
    return placeAll(those, start, offsets)
  }, 0)
  return { offsets, bytes }
}

/** Places values from `start` on; returns where their memory ends. */
function placeAll(lifetimes: readonly Lifetime[], start: number, offsets: Map<Slot, number>): number {
  const placed: Lifetime[] = []
  let end = start
  for (const each of lifetimes) {
    const offset = lowestFree(each, placed, offsets, start)
    offsets.set(each.slot, offset)
    placed.push(each)
    end = Math.max(end, offset + aligned(each.slot.bytes))
  }
  return end
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
  start: number,
): number {
  const inTheWay = placed
    .filter((other) => other.first <= wanted.last && other.last >= wanted.first)
    .map(({ slot }) => ({ from: offsets.get(slot) ?? 0, bytes: aligned(slot.bytes) }))
    .sort((a, b) => a.from - b.from)
  let offset = start
  for (const { from, bytes } of inTheWay) {
    if (offset + aligned(wanted.slot.bytes) <= from) break
    offset = Math.max(offset, from + bytes)
  }
  return offset
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}
