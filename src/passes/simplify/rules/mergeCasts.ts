/**
 * Two casts in a row become one, where the type in between holds every number of the first:
 *
 *     Cast(Cast(x, to wide), to any)   ->   Cast(x, to any)
 */
import { attribute, type DataType, dataTypeFromCode, type Node, type Value } from '../../../ir'
import { defineRule, type RuleContext, removeUnused, replaceNode } from '../../../rewrite'

/** Types that hold every number of the first without rounding. */
const WIDER: Partial<Record<DataType, readonly DataType[]>> = {
  bool: ['uint8', 'int8', 'int32', 'int64', 'float16', 'float32', 'float64'],
  uint8: ['int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'float16', 'float32', 'float64'],
  int8: ['int16', 'int32', 'int64', 'float16', 'float32', 'float64'],
  int16: ['int32', 'int64', 'float32', 'float64'],
  uint16: ['int32', 'uint32', 'int64', 'uint64', 'float32', 'float64'],
  int32: ['int64', 'float64'],
  uint32: ['int64', 'uint64', 'float64'],
  float16: ['float32', 'float64'],
  bfloat16: ['float32', 'float64'],
  float32: ['float64'],
}

export const mergeCasts = defineRule<{ nodes: readonly Node[] }>({
  name: 'merge Casts',
  opTypes: ['Cast'],
  match(node, context) {
    const inner = node.input(0)?.producer
    if (!inner?.is('Cast') || inner.graph !== node.graph || !isLossless(inner, node, context))
      return undefined
    return { nodes: [node, inner] }
  },
  rewrite({ nodes: [outer, inner] }) {
    if (!outer || !inner) return
    replaceNode(outer, 'Cast', [inner.input(0)], { to: attribute.int(outer.int('to', 0)) })
    removeUnused([inner])
  },
})

function isLossless(inner: Node, outer: Node, { types }: RuleContext): boolean {
  const from = types.dataTypeOf(inner.input(0) as Value)
  const between = dataTypeFromCode(inner.int('to', 0))
  const isPlain = [inner, outer].every((node) => [...node.attributes.keys()].every((name) => name === 'to'))
  return !!from && !!between && isPlain && (WIDER[from]?.includes(between) ?? false)
}
