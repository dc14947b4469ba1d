/**
 * A norm by the root of the mean square, spelled out by ONNX up to operator set 22, as one node:
 *
 *     x / √(ReduceMean(x²) + ε) · γ     ->   SimplifiedLayerNormalization(x, γ) {epsilon=ε}
 *
 * It is onnxruntime's operator, so that nodes which are left to onnxruntime run there. (Zhang and Sennrich,
 * arXiv:1910.07467, eq. 4.)
 */
import { attribute, type Node, type Value } from '../ir'
import { whyNotOne } from '../passes/simplify/recognition'
import { isOverLastAxis, quotients } from '../passes/simplify/rules/byDeviation'
import { decline, defineRule, type Match, matchPattern, removeUnused, replaceNode } from '../rewrite'

interface Found {
  /** The last first. */
  readonly nodes: readonly Node[]
  readonly x: Value
  readonly gamma: Value
  readonly epsilon: number
}

export const rmsNorm = defineRule<Found>({
  name: 'SimplifiedLayerNormalization',
  opTypes: ['Mul'],
  match(node, context) {
    const gamma = node.inputs.find((input) => input?.constant?.shape.length === 1)
    const quotient = node.inputs.find((input) => input !== gamma)?.producer
    const match = quotient && quotientOf(quotient)
    if (!gamma || !match) return undefined
    const x = match.value('d')
    const nodes = [node, ...match.nodes]
    const width = context.types.shapeOf(x)?.at(-1)
    // Where it is not known, the scale tells it: several numbers broadcast only against as many.
    const isWide = typeof width === 'number' ? gamma.constant?.size === width : gamma.constant?.size !== 1
    const isOne = isOverLastAxis(match.node('variance'), context.types.rankOf(x)) && isWide
    const reason = isOne ? whyNotOne(nodes, x, context) : 'the mean is not over the last axis alone'
    if (reason) return decline(node, `SimplifiedLayerNormalization: ${reason}`)
    return { nodes, x, gamma, epsilon: match.number('epsilon') }
  },
  rewrite({ nodes, x, gamma, epsilon }) {
    const [root, ...others] = nodes as [Node, ...Node[]]
    replaceNode(root, 'SimplifiedLayerNormalization', [x, gamma], {
      axis: attribute.int(-1),
      epsilon: attribute.float(Math.fround(epsilon)),
    })
    removeUnused(others)
  },
})

function quotientOf(node: Node): Match | undefined {
  for (const pattern of quotients) {
    const match = matchPattern(pattern, node)
    if (match) return match
  }
  return undefined
}
