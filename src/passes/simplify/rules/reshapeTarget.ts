/**
 * A target shape that names axes of the very tensor it reshapes needs no shape arithmetic:
 *
 *     Reshape(x: [batch,time,360], Concat(0, Shape(x)[1], 3, 120))   ->   Reshape(x, [0,0,3,120])
 *
 * A size is written as 0 where it is surely that of the same axis of x, followed back through nodes that keep it, and
 * as -1 where it is the only one left: the number of elements then says it. An axis so written stays as dynamic as it
 * was. (Runtimes refuse -1 for tensors without any element; those, and no others, can be told from before.)
 */
import { isSizeOf, type Size, sizesOf, tensorBytes } from '../../../analysis'
import { type Node, Tensor, type Value } from '../../../ir'
import { decline, defineRule, graphOf, type RuleContext, removeUnused } from '../../../rewrite'
import { bytesFreed, coneOf } from '../cone'

interface Found {
  readonly nodes: readonly Node[]
  readonly target: readonly number[]
}

export const reshapeTarget = defineRule<Found>({
  name: 'constant Reshape target',
  opTypes: ['Reshape'],
  match(node, context) {
    const [x, shape] = node.inputs
    if (!x || !shape || shape.constant || node.int('allowzero', 0) !== 0) return undefined
    const sizes = sizesOf(shape, context.types)
    const target = sizes && targetOf(sizes, x, context)
    if (!target) return undefined
    const growth =
      tensorBytes(Tensor.int64(target, [target.length], shape.name)) -
      (shape.uses.length === 1 ? bytesFreed(coneOf(shape)) : 0)
    if (!context.mayGrow(growth))
      return decline(node, `a constant target would make the model ${growth} bytes larger`)
    return { nodes: [node], target }
  },
  rewrite({ nodes: [node], target }) {
    const before = node?.input(1)
    if (!node || !before) return
    const cone = [...coneOf(before)]
    node.setInput(1, graphOf(node).addInitializer(Tensor.int64(target), before.name))
    removeUnused(cone)
  },
})

function targetOf(sizes: readonly Size[], x: Value, { types }: RuleContext): number[] | undefined {
  const target = sizes.map((size, axis) => sizeAt(size, axis, x, types))
  const open = target.filter((size) => size === undefined)
  if (open.length === 0) return target as number[]
  // Reshape works out one size itself; it is the right one, since the number of elements leaves no other.
  if (open.length > 1 || target.includes(-1)) return undefined
  return isDetermined(target, x, types) ? target.map((size) => size ?? -1) : undefined
}

function sizeAt(size: Size, axis: number, x: Value, types: RuleContext['types']): number | undefined {
  if (typeof size !== 'object') return size
  const rank = types.rankOf(x) ?? 0
  return axis < rank && isSizeOf(size, x, axis, types) ? 0 : undefined
}

/** Whether no other size can be 0, which would leave -1 open. */
function isDetermined(
  target: readonly (number | undefined)[],
  x: Value,
  types: RuleContext['types'],
): boolean {
  const shape = types.shapeOf(x)
  return target.every((size, axis) => size === undefined || size > 0 || (size === 0 && shape?.[axis] !== 0))
}
