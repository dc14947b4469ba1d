/** Steps for values that turn out not to be needed, as those that only the other branch of an If reads. */
import type { Slot } from './slot'
import type { Step } from './step'

/** The steps that outputs are computed by, in order. */
export function withoutUnread(steps: readonly Step[]): Step[] {
  const read = new Set<Slot>()
  const needed = steps.toReversed().filter(({ inputs, outputs }) => {
    const isNeeded = outputs.some(({ root }) => root.place === 'output' || read.has(root))
    if (isNeeded) for (const { root } of inputs) read.add(root)
    return isNeeded
  })
  return needed.toReversed()
}
