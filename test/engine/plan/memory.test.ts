import { planMemory } from '../../../src/engine/plan/memory'
import { Slot } from '../../../src/engine/plan/slot'
import type { Step } from '../../../src/engine/plan/step'
import { noise } from '../support'

function step(inputs: readonly Slot[], outputs: readonly Slot[]): Step {
  return { kernel: 'copy', inputs, outputs, parameters: [], nodes: [], note: undefined }
}

/** Steps of which each reads some of the latest values and writes a new one of some size. */
function randomSteps(count: number, seed: number): Step[] {
  const numbers = noise(4 * count, seed).map(Math.abs)
  const slots: Slot[] = []
  return Array.from({ length: count }, (_, index) => {
    const reads = slots.slice(-1 - Math.floor((numbers[4 * index] as number) * 6)).slice(0, 2)
    const made = Slot.arena(1 + Math.floor((numbers[4 * index + 1] as number) * 10_000))
    slots.push(made)
    return step(reads, [made])
  })
}

interface Placed {
  readonly from: number
  readonly to: number
  readonly first: number
  readonly last: number
}

function placedOf(steps: readonly Step[], offsets: ReadonlyMap<Slot, number>): Placed[] {
  return [...offsets].map(([slot, from]) => {
    const uses = steps.flatMap((each, index) =>
      [...each.inputs, ...each.outputs].some(({ root }) => root === slot) ? [index] : [],
    )
    return { from, to: from + slot.bytes, first: Math.min(...uses), last: Math.max(...uses) }
  })
}

test.each([1, 2, 3, 4, 5])('values alive at the same time lie apart, random steps %p', (seed) => {
  const steps = randomSteps(60, seed)
  const { offsets, bytes } = planMemory(steps)
  const placed = placedOf(steps, offsets)
  expect(placed).toHaveLength(60)
  for (const a of placed) {
    expect(a.from % 64).toBe(0)
    expect(a.to).toBeLessThanOrEqual(bytes)
    for (const b of placed) {
      if (a === b || a.last < b.first || b.last < a.first) continue
      expect(a.to <= b.from || b.to <= a.from).toBe(true)
    }
  }
  // What is alive at once is what is needed, but for gaps.
  const alive = steps.map((_, index) =>
    placed
      .filter(({ first, last }) => first <= index && index <= last)
      .reduce((sum, { from, to }) => sum + to - from, 0),
  )
  expect(bytes).toBeLessThan(1.5 * Math.max(...alive))
})

test('a chain of equal values takes the room of two', () => {
  const slots = Array.from({ length: 10 }, () => Slot.arena(6400))
  const steps = slots.slice(1).map((slot, index) => step([slots[index] as Slot], [slot]))
  expect(planMemory(steps).bytes).toBe(2 * 6400)
})

test('a view keeps what it looks at alive, and takes no room', () => {
  const [a, b, c] = [Slot.arena(640), Slot.arena(640), Slot.arena(640)] as const
  const { offsets, bytes } = planMemory([step([], [a]), step([a], [b]), step([a.view(64, 64)], [c])])
  expect(offsets.size).toBe(3)
  expect(offsets.get(c)).not.toBe(offsets.get(a))
  expect(bytes).toBe(2 * 640)
})

test('what the caller holds takes no room', () => {
  const made = Slot.arena(64)
  made.place = 'output'
  expect(planMemory([step([Slot.input(0, 64)], [made])])).toEqual({ offsets: new Map(), bytes: 0 })
})

test('halves of images have parts of the memory to themselves', () => {
  const pairs = Array.from({ length: 6 }, (_, index) => {
    const bytes = 640 * (1 + (index % 3))
    return [Slot.arena(bytes, 'upper'), Slot.arena(bytes, 'lower')] as const
  })
  const steps = pairs.slice(1).map((pair, index) => step(pairs[index] ?? [], pair))
  const { offsets, bytes } = planMemory(steps)
  const middle = bytes / 2
  for (const [upper, lower] of pairs) {
    expect((offsets.get(upper) ?? bytes) + upper.bytes).toBeLessThanOrEqual(middle)
    expect(offsets.get(lower)).toBe(middle + (offsets.get(upper) ?? 0))
  }
})
