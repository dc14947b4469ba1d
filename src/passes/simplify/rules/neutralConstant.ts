/**
 * Arithmetic with a neutral constant:
 *
 *     x + 0, x − 0, x · 1, x / 1, x ^ 1   ->   x        where the constant does not broadcast x to another shape
 */
import { broadcastsInto } from '../../../analysis'
import type { Node, Tensor, Value } from '../../../ir'
import { bypass, decline, defineRule } from '../../../rewrite'

const NEUTRAL: Record<string, { number: number; commutes: boolean }> = {
  Add: { number: 0, commutes: true },
  Sub: { number: 0, commutes: false },
  Mul: { number: 1, commutes: true },
  Div: { number: 1, commutes: false },
  Pow: { number: 1, commutes: false },
}

/** Constants with more elements than this are not looked at: a large one is a weight, and hardly all zeros. */
const MOST_ELEMENTS = 65536

export const neutralConstant = defineRule<{ nodes: readonly Node[]; x: Value }>({
  name: 'remove neutral constant',
  opTypes: Object.keys(NEUTRAL),
  match(node, { types }) {
    const { number, commutes } = NEUTRAL[node.opType] ?? { number: 0, commutes: false }
    const [first, second] = node.inputs
    if (!first || !second) return undefined
    const pairs: [Value, Value][] = commutes
      ? [
          [first, second],
          [second, first],
        ]
      : [[first, second]]
    for (const [x, other] of pairs) {
      if (!other.constant || x.constant || !isAll(other.constant, number)) continue
      if (broadcastsInto(other.constant, types.shapeOf(x))) return { nodes: [node], x }
      return decline(
        node,
        `the shape of ${JSON.stringify(x.name)} is not known, and the constant may broadcast it`,
      )
    }
    return undefined
  },
  rewrite({ nodes: [node], x }) {
    const reason = bypass(node as Node, x)
    return reason === undefined ? undefined : decline(node as Node, reason)
  },
})

function isAll(tensor: Tensor, number: number): boolean {
  const isPlain = /^(float32|float64|u?int(8|16|32|64))$/.test(tensor.dataType)
  if (!isPlain || tensor.size > MOST_ELEMENTS) return false
  for (const each of tensor.elements) if (Number(each) !== number) return false
  return true
}
