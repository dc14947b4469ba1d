/** Steps that change what another one has just stored: that one does it as it stores. */
import type { Slot } from '../plan/slot'
import type { Step } from '../plan/step'

export interface Absorption {
  /** What a writer must have. */
  readonly by: 'withTable' | 'withBytes' | 'withCopy'
  /** The writer of a value when it also does what a reader does; `isAlone`: nothing else reads the value. */
  join(writer: Step, reader: Step, isAlone: boolean): Step | undefined
}

/** The steps, less those that the writers of their first inputs take in: one a writer. */
export function absorb(
  steps: readonly Step[],
  kept: ReadonlySet<Slot>,
  absorption: Absorption,
): readonly Step[] {
  if (!steps.some((step) => step[absorption.by])) return steps
  const readers = new Map<Slot, number>()
  const writers = new Map<Slot, Step>()
  for (const step of steps) {
    for (const { root } of step.inputs) readers.set(root, (readers.get(root) ?? 0) + 1)
    for (const { root } of step.outputs) writers.set(root, step)
  }
  const changed = new Map<Step, Step>()
  const absorbed = new Set<Step>()
  for (const step of steps) {
    const [from] = step.inputs
    const writer = from && from.root === from ? writers.get(from) : undefined
    if (!writer || !from || changed.has(writer)) continue
    const joined = absorption.join(writer, step, readers.get(from) === 1 && !kept.has(from))
    if (!joined) continue
    changed.set(writer, { ...joined, nodes: [...writer.nodes, ...step.nodes] })
    absorbed.add(step)
  }
  return steps.flatMap((step) => (absorbed.has(step) ? [] : [changed.get(step) ?? step]))
}
