/** Vectors of integers that a model computes from shapes, followed back to where each element comes from. */
import type { Node, Value } from '../ir'
import { numbersOf, scalarOf } from './constants'
import type { TypeView } from './types'

/** An element of such a vector: a number, or the size of an axis that is only known when the model runs. */
export type Size = number | { readonly of: Value; readonly axis: number } | undefined

/** Vectors longer than this are data, not shapes. */
const LONGEST = 64

/** How many nodes are followed back. */
const DEEPEST = 64

/** The elements of an integer scalar or vector; undefined where it is not made of sizes and constants. */
export function sizesOf(value: Value | undefined, types: TypeView, depth = 0): Size[] | undefined {
  if (!value || depth > DEEPEST) return undefined
  if (value.constant) return constantSizes(value)
  const node = value.producer
  if (node?.domain !== '') return undefined
  const read = (index: number) => sizesOf(node.input(index), types, depth + 1)
  switch (node.opType) {
    case 'Shape':
      return shapeSizes(node, types)
    case 'Cast':
      return castsToInteger(node) ? read(0) : undefined
    case 'Squeeze':
    case 'Unsqueeze':
    case 'Identity':
      return read(0)
    case 'Concat':
      return concatenated(node.inputs.map((_, index) => read(index)))
    case 'Gather':
      return gathered(node, read(0))
    case 'Slice':
      return sliced(node, read(0))
    default:
      return undefined
  }
}

function constantSizes(value: Value): Size[] | undefined {
  const { dataType, shape, size } = value.constant ?? { dataType: '', shape: [], size: 0 }
  if ((dataType !== 'int64' && dataType !== 'int32') || shape.length > 1 || size > LONGEST) return undefined
  return numbersOf(value)
}

function castsToInteger(node: Node): boolean {
  const to = node.int('to', 0)
  return to === 6 || to === 7
}

function shapeSizes(node: Node, types: TypeView): Size[] | undefined {
  const x = node.input(0)
  const shape = x && types.shapeOf(x)
  const sizes = shape?.map((size, axis): Size => (typeof size === 'number' ? size : { of: x as Value, axis }))
  return sizes?.slice(node.int('start', 0), node.int('end', undefined))
}

function concatenated(parts: readonly (Size[] | undefined)[]): Size[] | undefined {
  const known = parts.filter((part) => part !== undefined)
  return known.length === parts.length ? known.flat() : undefined
}

function gathered(node: Node, sizes: Size[] | undefined): Size[] | undefined {
  const indices = numbersOf(node.input(1), LONGEST)
  return sizes && node.int('axis', 0) === 0 ? indices?.map((index) => sizes.at(index)) : undefined
}

function sliced(node: Node, sizes: Size[] | undefined): Size[] | undefined {
  const [start, ...starts] = node.ints('starts', undefined) ?? numbersOf(node.input(1)) ?? []
  const [end] = node.ints('ends', undefined) ?? numbersOf(node.input(2)) ?? []
  const step = node.input(4) ? scalarOf(node.input(4)) : 1
  if (!sizes || start === undefined || end === undefined || starts.length > 0 || step !== 1) return undefined
  return sizes.slice(start, end)
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
  for (let steps = 0; steps < 4 * DEEPEST; steps++) {
    const before = at.of.producer && stepBack(at.of.producer, at.of, at.axis, types)
    if (!before) break
    at = before
  }
  return at
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
