/**
 * Only the last of several reshapes counts:
 *
 *     Reshape(f(x), shape)         ->   Reshape(x, shape)      f: Reshape, Flatten, Squeeze, Unsqueeze; no 0 in shape
 *     Squeeze(Unsqueeze(x, a), a)  ->   x
 *     Unsqueeze(Squeeze(x, a), a)  ->   x
 */
import { axesOf, numbersOf } from '../../../analysis'
import type { Node, Value } from '../../../ir'
import { bypass, type Decline, decline, defineRule, removeUnused } from '../../../rewrite'

interface Found {
  readonly nodes: readonly Node[]
  readonly x: Value
  readonly opposite: boolean
}

const OPPOSITE: Record<string, string> = { Squeeze: 'Unsqueeze', Unsqueeze: 'Squeeze' }

export const mergeReshapes = defineRule<Found>({
  name: 'merge reshapes',
  opTypes: ['Reshape', 'Squeeze', 'Unsqueeze'],
  match(node) {
    const inner = node.input(0)?.producer
    const x = inner?.input(0)
    if (!inner || !x || inner.graph !== node.graph) return undefined
    if (node.is('Reshape'))
      return overrides(node, inner) ? { nodes: [node, inner], x, opposite: false } : undefined
    const isOpposite = inner.is(OPPOSITE[node.opType] as string) && sameAxes(node, inner)
    return isOpposite ? { nodes: [node, inner], x, opposite: true } : undefined
  },
  rewrite({ nodes: [node, inner], x, opposite }): Decline | undefined {
    if (!node || !inner) return undefined
    if (opposite) {
      const reason = bypass(node, x)
      if (reason) return decline(node, reason)
    } else node.setInput(0, x)
    removeUnused([inner])
    return undefined
  },
})

/** Whether a target shape does not refer to the shape of its input. */
function overrides(node: Node, inner: Node): boolean {
  if (!inner.is('Reshape', 'Flatten', 'Squeeze', 'Unsqueeze')) return false
  const shape = numbersOf(node.input(1))
  return !!shape && (node.int('allowzero', 0) === 1 || !shape.includes(0))
}

function sameAxes(a: Node, b: Node): boolean {
  const [one, other] = [axesOf(a, 1), axesOf(b, 1)]
  return !!one && !!other && `${[...one].sort()}` === `${[...other].sort()}`
}
