/** Vectors of integers that a model computes from shapes, followed back to where each element comes from. */
import type { Node, Value } from '../ir'
import { SizeElements } from './sizeElements'
import type { TypeView } from './types'

/** An element of such a vector: a number, or the size of an axis that is only known when the model runs. */
export type Size = number | { readonly of: Value; readonly axis: number } | undefined

/** How many nodes are followed back. */
const MOST_STEPS = 256

/** The elements of an integer scalar or vector; undefined where it is not made of sizes and constants. */
export function sizesOf(value: Value | undefined, types: TypeView): Size[] | undefined {
  const elements = new SizeElements((each) => types.shapeOf(each)).of(value)
  return elements?.map((element) => {
    if (element.kind === 'literal') return element.number
    if (element.kind === 'computed') return undefined
    const { of, axis } = element
    const size = types.shapeOf(of)?.[axis]
    return typeof size === 'number' ? size : { of, axis }
  })
}

/** How nodes hand the sizes of their first input's axes on, where that input is not broadcast. */
const SAME_SHAPE = new Set(
  'Relu LeakyRelu Sigmoid HardSigmoid HardSwish Tanh Erf Gelu Elu Selu Celu Mish Softplus Softsign Softmax LogSoftmax Clip Cast Identity Dropout LayerNormalization BatchNormalization InstanceNormalization GroupNormalization Neg Abs Sqrt Exp Log Reciprocal Floor Ceil Round Sign Pow'.split(
    ' ',
  ),
)

/** The earliest value and axis whose size is surely that of this axis, through nodes that keep it. */
export function originOf(value: Value, axis: number, types: TypeView): { of: Value; axis: number } {
  let at = { of: value, axis }
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const before = at.of.producer && stepBack(at.of.producer, at.of, at.axis, types)
    if (!before) break
    at = before
  }
  return at
}

/** Whether a size is surely that of an axis. */
export function isSizeOf(size: Size, value: Value, axis: number, types: TypeView): boolean {
  if (size === undefined) return false
  const own = types.shapeOf(value)?.[axis]
  if (typeof size === 'number') return size === own
  const [theirs, ours] = [originOf(size.of, size.axis, types), originOf(value, axis, types)]
  return theirs.of === ours.of && theirs.axis === ours.axis
}

function stepBack(
  node: Node,
  value: Value,
  axis: number,
  types: TypeView,
): { of: Value; axis: number } | undefined {
  const x = node.input(0)
  const rank = types.rankOf(value)
  if (!x || rank === undefined || node.domain !== '' || node.output() !== value) return undefined
  if (SAME_SHAPE.has(node.opType)) return keptBy(node) ? { of: x, axis } : undefined
  if (node.is('Transpose')) return fromTransposed(node, x, axis)
  if (node.is('MatMul'))
    return axis < rank - 1 && constantRank(node.input(1)) === 2 ? { of: x, axis } : undefined
  if (node.is('Add', 'Sub', 'Mul', 'Div')) return fromBroadcast(node, axis, rank, types)
  return undefined
}

/** Pow broadcasts unless its exponent is a scalar. */
function keptBy(node: Node): boolean {
  return !node.is('Pow') || constantRank(node.input(1)) === 0
}

function fromTransposed(node: Node, x: Value, axis: number): { of: Value; axis: number } | undefined {
  const source = node.ints('perm', undefined)?.[axis]
  return source === undefined ? undefined : { of: x, axis: source }
}

/** Through arithmetic with a constant that has no such axis, or one of size 1 there. */
function fromBroadcast(
  node: Node,
  axis: number,
  rank: number,
  types: TypeView,
): { of: Value; axis: number } | undefined {
  const constant = node.inputs.find((input) => input?.constant)
  const x = node.inputs.find((input) => input !== constant)
  const shape = constant?.constant?.shape
  if (!x || !shape || types.rankOf(x) !== rank) return undefined
  const own = axis - (rank - shape.length)
  return own < 0 || shape[own] === 1 ? { of: x, axis } : undefined
}

function constantRank(value: Value | undefined): number | undefined {
  return value?.constant?.shape.length
}
