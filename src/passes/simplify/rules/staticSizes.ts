/**
 * Arithmetic on shapes whose sizes are all known:
 *
 *     Gather(Shape(x: float32[batch,3,48]), [1,2])   ->   [3,48]
 *
 * Sizes that depend on what is fed stay what they are.
 */
import { sizesOf, tensorBytes } from '../../../analysis'
import { type Node, Tensor, tensorType, type Value } from '../../../ir'
import { decline, defineRule, graphOf, type RuleContext, removeUnused } from '../../../rewrite'
import { bytesFreed, coneOf } from '../cone'

interface Found {
  readonly nodes: readonly Node[]
  readonly tensor: Tensor
}

export const staticSizes = defineRule<Found>({
  name: 'fold known sizes',
  opTypes: ['Shape', 'Gather', 'Slice', 'Concat', 'Cast', 'Squeeze', 'Unsqueeze'],
  match(node, context) {
    const output = node.output()
    if (!output || output.isGraphOutput || node.inputs.every((input) => input?.constant)) return undefined
    const sizes = sizesOf(output, context.types)
    if (!sizes?.every((size) => typeof size === 'number')) return undefined
    const tensor = tensorOf(sizes as number[], output, context)
    if (!tensor) return undefined
    const growth = tensorBytes(tensor) + output.name.length - bytesFreed(coneOf(output))
    if (!context.mayGrow(growth))
      return decline(node, `as a constant it would make the model ${growth} bytes larger`)
    return { nodes: [node], tensor }
  },
  rewrite({ nodes: [node], tensor }, { types }) {
    const output = node?.output()
    if (!node || !output) return
    const before = [...coneOf(output)].slice(1)
    node.setOutput(0, undefined)
    graphOf(node).remove(node)
    output.initializer = tensor.withName(output.name)
    types.record(output, tensorType(tensor.dataType, tensor.shape))
    removeUnused(before)
  },
})

function tensorOf(sizes: readonly number[], output: Value, { types }: RuleContext): Tensor | undefined {
  const rank = types.rankOf(output) ?? (output.producer?.is('Shape', 'Concat') ? 1 : undefined)
  const dataType = types.dataTypeOf(output) ?? (output.producer?.is('Shape') ? 'int64' : undefined)
  if (rank === undefined || rank > 1 || (rank === 0 && sizes.length !== 1)) return undefined
  const shape = rank === 0 ? [] : [sizes.length]
  if (dataType === 'int64') return Tensor.int64(sizes, shape)
  return dataType === 'int32' ? Tensor.from('int32', shape, Int32Array.from(sizes)) : undefined
}
