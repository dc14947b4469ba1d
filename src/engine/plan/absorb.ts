/** Tables that look up what one product has just stored: the product does it as it stores. */
import type { Slot } from './slot'
import type { Step } from './step'

/** The steps, less the tables that others take in. */
export function absorbTables(steps: readonly Step[], kept: ReadonlySet<Slot>): Step[] {
  const readers = new Map<Slot, number>()
  const writers = new Map<Slot, Step>()
  for (const step of steps) {
    for (const { root } of step.inputs) readers.set(root, (readers.get(root) ?? 0) + 1)
    for (const { root } of step.outputs) writers.set(root, step)
  }
  const changed = new Map<Step, Step>()
  const absorbed = new Set<Step>()
  for (const step of steps) {
    const [from, table] = step.inputs
    const writer = step.kernel === 'table' && from && from.root === from ? writers.get(from) : undefined
    if (!writer?.withTable || !table || !from || changed.has(writer)) continue
    if (readers.get(from) !== 1 || kept.has(from)) continue
    const { withTable, ...rest } = writer
    changed.set(writer, {
      ...rest,
      ...withTable(table),
      outputs: step.outputs,
      nodes: [...writer.nodes, ...step.nodes],
    })
    absorbed.add(step)
  }
  return steps.flatMap((step) => (absorbed.has(step) ? [] : [changed.get(step) ?? step]))
}
