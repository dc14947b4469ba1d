/**
 * A mean over all spatial axes of what a convolution made:
 *
 *     ReduceMean(f(Conv(x))) {axes=[2,3], keepdims=1}   ->   GlobalAveragePool(f(Conv(x)))      f: an activation or none
 *
 * for tensors of rank 4 and more. Only there is it as fast (onnxruntime keeps the convolution's blocked layout); alone,
 * its ReduceMean takes half the time. What it brings is that runtimes have an 8-bit GlobalAveragePool.
 */
import { axesOf } from '../../../analysis'
import type { Node, Value } from '../../../ir'
import { decline, defineRule, type RuleContext, replaceNode } from '../../../rewrite'

const ACTIVATIONS = ['Relu', 'LeakyRelu', 'Clip', 'HardSwish', 'HardSigmoid', 'Sigmoid', 'Tanh', 'Mul', 'Add']

export const globalAveragePool = defineRule<{ nodes: readonly Node[] }>({
  name: 'GlobalAveragePool',
  opTypes: ['ReduceMean'],
  match(node, context) {
    const x = node.input(0) as Value
    if (!isOverSpatialAxes(node, x, context)) return undefined
    if (isMadeByConv(x)) return { nodes: [node] }
    return decline(node, 'GlobalAveragePool is slower than ReduceMean where no Conv is in front of it')
  },
  rewrite({ nodes: [node] }) {
    replaceNode(node as Node, 'GlobalAveragePool', [(node as Node).input(0)])
  },
})

function isOverSpatialAxes(node: Node, x: Value, { types }: RuleContext): boolean {
  const rank = types.rankOf(x)
  const axes = axesOf(node, 1)
  if (rank === undefined || rank < 4 || !axes || node.int('keepdims', 1) !== 1) return false
  if (types.dataTypeOf(x) !== 'float32') return false
  const spatial = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)))
  return spatial.size === rank - 2 && !spatial.has(0) && !spatial.has(1)
}

function isMadeByConv({ producer }: Value): boolean {
  if (producer?.is('Conv')) return true
  return !!producer?.is(...ACTIVATIONS) && producer.inputs.some((input) => input?.producer?.is('Conv'))
}
