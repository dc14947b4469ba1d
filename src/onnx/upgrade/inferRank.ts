import type { Node } from '../../ir/node'
import type { Value } from '../../ir/value'
import { constantTensor } from './constantTensor'
import type { Facts } from './facts'

/** Operators whose outputs have as many axes as their first input. */
const LIKE_FIRST_INPUT = new Set(
  `Abs Acos Acosh Asin Asinh Atan Atanh AveragePool BatchNormalization BitwiseNot Cast CastLike Ceil Celu Clip Conv
  ConvInteger ConvTranspose Cos Cosh CumSum DepthToSpace DequantizeLinear Dropout DynamicQuantizeLinear Elu Erf Exp
  Floor Gelu GlobalAveragePool GlobalLpPool GlobalMaxPool GroupNormalization HardSigmoid HardSwish Hardmax Identity
  InstanceNormalization IsInf IsNaN LRN LayerNormalization LeakyRelu Log LogSoftmax LpNormalization LpPool MaxPool
  MeanVarianceNormalization Mish Neg Not PRelu Pad QLinearConv QuantizeLinear Reciprocal Relu Resize Round Scatter
  ScatterElements ScatterND Selu Shrink Sigmoid Sign Sin Sinh Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt
  Tan Tanh ThresholdedRelu Tile TopK Trilu Upsample`.split(/\s+/),
)

/** Operators whose inputs broadcast against each other. */
const BROADCAST = new Set(
  `Add And BitShift BitwiseAnd BitwiseOr BitwiseXor Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod
  Mul Or Pow Sub Sum Where Xor`.split(/\s+/),
)

/** Number of axes of a node's outputs, where the operator is plain about it. */
export function inferRank(node: Node, facts: Facts): number | undefined {
  const { opType } = node
  const first = facts.rank(node.inputs[0])
  if (LIKE_FIRST_INPUT.has(opType)) return first
  if (BROADCAST.has(opType)) return largest(node.inputs.map((input) => facts.rank(input)))
  if (opType.startsWith('Reduce') || opType === 'ArgMax' || opType === 'ArgMin')
    return reduced(node, first, facts)
  return RULES[opType]?.(node, facts, first)
}

type Rule = (node: Node, facts: Facts, first: number | undefined) => number | undefined

const RULES: Readonly<Record<string, Rule>> = {
  Concat: (node, facts) => node.inputs.map((input) => facts.rank(input)).find((rank) => rank !== undefined),
  Constant: (node) => constantTensor(node)?.shape.length,
  ConstantOfShape: (node, facts) => facts.vectorLength(node.inputs[0]),
  Expand: (node, facts, first) => largest([first, facts.vectorLength(node.inputs[1])]),
  Flatten: () => 2,
  Gather: (node, facts, first) => plus(first, plus(facts.rank(node.inputs[1]), -1)),
  Gemm: () => 2,
  MatMul: matMulRank,
  MatMulInteger: matMulRank,
  NonZero: () => 2,
  Reshape: (node, facts) => node.ints('shape', undefined)?.length ?? facts.vectorLength(node.inputs[1]),
  Shape: () => 1,
  Size: () => 0,
  Squeeze: (node, facts, first) => minus(first, axesCount(node, facts)),
  Transpose: (node, _, first) => node.ints('perm', undefined)?.length ?? first,
  Unsqueeze: (node, facts, first) => plus(first, axesCount(node, facts)),
}

function matMulRank(node: Node, facts: Facts): number | undefined {
  const ranks = node.inputs.slice(0, 2).map((input) => facts.rank(input))
  return ranks.some((rank) => rank === 1) ? undefined : largest(ranks)
}

function reduced(node: Node, first: number | undefined, facts: Facts): number | undefined {
  if (node.int('keepdims', 1) !== 0) return first
  if (node.opType.startsWith('Arg')) return plus(first, -1)
  const isAll = !node.attributes.has('axes') && !node.inputs[1] && node.int('noop_with_empty_axes', 0) === 0
  return isAll ? 0 : minus(first, axesCount(node, facts))
}

function axesCount(node: Node, facts: Facts): number | undefined {
  const axes: Value | undefined = node.inputs[1]
  return node.ints('axes', undefined)?.length ?? facts.vectorLength(axes)
}

function plus(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? undefined : left + right
}

function minus(left: number | undefined, right: number | undefined): number | undefined {
  return plus(left, right === undefined ? undefined : -right)
}

function largest(ranks: readonly (number | undefined)[]): number | undefined {
  return ranks.reduce(
    (most, rank) => (most === undefined || rank === undefined ? undefined : Math.max(most, rank)),
    0,
  )
}
