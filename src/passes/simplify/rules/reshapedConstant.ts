/**
 * Constants under another shape are constants, of the same bytes:
 *
 *     Reshape(c, shape), Squeeze(c, axes), Unsqueeze(c, axes)   ->   c'
 *
 * Quantizers write the bias of a convolution so, which fusions look for beside it.
 */
import { axesOf, numbersOf } from '../../../analysis'
import { countElements, type Node, type Tensor } from '../../../ir'
import { bypass, decline, defineRule, graphOf } from '../../../rewrite'

interface Found {
  readonly nodes: readonly Node[]
  readonly constant: Tensor
  readonly shape: readonly number[]
}

type ShapeOf = (node: Node, shape: readonly number[]) => readonly number[] | undefined

const SHAPES: Record<string, ShapeOf> = { Reshape: reshaped, Squeeze: squeezed, Unsqueeze: unsqueezed }

export const reshapedConstant = defineRule<Found>({
  name: 'reshape constants',
  opTypes: Object.keys(SHAPES),
  match(node, context) {
    const value = node.input(0)
    const constant = value?.constant
    const shape = constant && SHAPES[node.opType]?.(node, constant.shape)
    if (!constant || !shape || countElements(shape) !== constant.size) return undefined
    if (node.output()?.isGraphOutput) return decline(node, 'the constant is an output of the graph')
    if (value.uses.length > 1 && !context.mayGrow(constant.byteLength))
      return decline(node, 'the constant is read under its own shape too')
    return { nodes: [node], constant, shape }
  },
  rewrite({ nodes: [node], constant, shape }) {
    if (!node) return undefined
    const reason = bypass(node, graphOf(node).addInitializer(constant.withShape(shape)))
    return reason === undefined ? undefined : decline(node, reason)
  },
})

function reshaped(node: Node, shape: readonly number[]): readonly number[] | undefined {
  const keepsZero = node.int('allowzero', 0) !== 0
  const sizes = numbersOf(node.input(1))?.map((size, axis) =>
    size === 0 && !keepsZero ? (shape[axis] ?? 0) : size,
  )
  const known = sizes?.filter((size) => size !== -1) ?? []
  return sizes?.map((size) => (size === -1 ? countElements(shape) / countElements(known) : size))
}

function squeezed(node: Node, shape: readonly number[]): readonly number[] | undefined {
  if (!node.input(1) && !node.attributes.has('axes')) return shape.filter((size) => size !== 1)
  const axes = axesOf(node, 1)?.map((axis) => (axis < 0 ? axis + shape.length : axis))
  return axes && shape.filter((_, axis) => !axes.includes(axis))
}

function unsqueezed(node: Node, shape: readonly number[]): readonly number[] | undefined {
  const axes = axesOf(node, 1)
  if (!axes) return undefined
  const rank = shape.length + axes.length
  const added = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)))
  const sizes = [...shape]
  return Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (sizes.shift() ?? 1)))
}
