/**
 * A spelled-out HardSwish, its factors in any order, with HardSigmoid or without:
 *
 *     x · Clip(x + 3, 0, 6) / 6                     ->   HardSwish(x)
 *     x · HardSigmoid(x) {alpha=1/6, beta=0.5}      ->   HardSwish(x)
 *
 * Before opset 14, which has no HardSwish, the first becomes the second.
 */
import { isClose } from '../../../analysis'
import { attribute, type Node, type Value } from '../../../ir'
import {
  any,
  type Decline,
  decline,
  defineRule,
  insertBefore,
  matchPattern,
  needsOpset,
  type OpPattern,
  op,
  removeUnused,
  replaceNode,
} from '../../../rewrite'
import { clipped, plus } from '../clip'
import { factorPairs, productOf } from '../product'
import { whyNotOne } from '../recognition'

interface Found {
  readonly nodes: readonly Node[]
  readonly x: Value
}

const gates = [...(clipped(plus(any('x'), 3), 0, 6) as { patterns: readonly OpPattern[] }).patterns]
const hardSigmoidGate = op('HardSigmoid', [any('x')], {
  where: (node) => isClose(node.float('alpha', 0.2), 1 / 6) && isClose(node.float('beta', 0.5), 0.5),
})

export const hardSwish = defineRule<Found>({
  name: 'HardSwish',
  opTypes: ['Mul', 'Div'],
  match(node, context) {
    const product = productOf(node)
    if (!product) return undefined
    for (const [x, gate] of factorPairs(product)) {
      const inner = gateNodes(x, gate, product.constant)
      if (!inner) continue
      const nodes = [...product.nodes, ...inner]
      const reason = whyNotOne(nodes, x, context)
      if (reason) return decline(node, `HardSwish: ${reason}`)
      if (context.model.opset < 14 && isWritten(nodes))
        return decline(node, needsOpset('HardSwish', 14, context))
      return { nodes, x }
    }
    return undefined
  },
  rewrite({ nodes, x }, { model }): Decline | undefined {
    const root = nodes[0] as Node
    if (model.opset >= 14) replaceNode(root, 'HardSwish', [x])
    else {
      const attributes = { alpha: attribute.float(Math.fround(1 / 6)), beta: attribute.float(0.5) }
      replaceNode(root, 'Mul', [x, insertBefore(root, 'HardSigmoid', [x], { attributes })])
    }
    removeUnused(nodes.slice(1))
    return undefined
  },
})

/** Whether these are already the two nodes that the rule writes before opset 14. */
function isWritten(nodes: readonly Node[]): boolean {
  return nodes.length === 2 && nodes.some((node) => node.is('HardSigmoid'))
}

function gateNodes(x: Value, gate: Value, constant: number): readonly Node[] | undefined {
  const producer = gate.producer
  if (!producer) return undefined
  const patterns = isClose(constant, 1 / 6) ? gates : constant === 1 ? [hardSigmoidGate] : []
  for (const pattern of patterns) {
    const match = matchPattern(pattern, producer)
    if (match?.value('x') === x) return match.nodes
  }
  return undefined
}
