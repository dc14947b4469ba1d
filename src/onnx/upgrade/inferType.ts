import type { DataType } from '../../ir/dataType'
import type { Node } from '../../ir/node'
import { castTarget } from './castTarget'
import { constantTensor } from './constantTensor'
import type { Facts } from './facts'

/** Operators whose outputs have the element type of their first input. */
const LIKE_FIRST_INPUT = new Set(
  `Abs Acos Acosh Add Asin Asinh Atan Atanh AveragePool BatchNormalization BitShift BitwiseAnd BitwiseNot BitwiseOr
  BitwiseXor Ceil Celu Clip Compress Concat Conv ConvTranspose Cos Cosh CumSum DepthToSpace Det Div Einsum Elu Erf Exp
  Expand Flatten Floor GRU Gather GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool
  GridSample GroupNormalization HardSigmoid HardSwish Hardmax Identity InstanceNormalization LRN LSTM LayerNormalization
  LeakyRelu Log LogSoftmax LpNormalization LpPool MatMul Max MaxRoiPool Mean MeanVarianceNormalization Min Mish Mod Mul
  Neg PRelu Pad Pow RNN Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin
  ReduceProd ReduceSum ReduceSumSquare Relu Reshape Resize ReverseSequence RoiAlign Round Scatter ScatterElements
  ScatterND Selu Shrink Sigmoid Sign Sin Sinh Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum
  Tan Tanh ThresholdedRelu Tile Transpose Trilu Unsqueeze Upsample`.split(/\s+/),
)

/** Operators that answer yes or no. */
const BOOLEAN = new Set('And Equal Greater GreaterOrEqual IsInf IsNaN Less LessOrEqual Not Or Xor'.split(' '))

/** Operators that answer with sizes or positions. */
const INT64 = new Set('ArgMax ArgMin NonMaxSuppression NonZero Shape Size'.split(' '))

/** Element type of output `index` of a node, where the operator is plain about it. */
export function inferType(node: Node, index: number, facts: Facts): DataType | undefined {
  const { opType } = node
  if (BOOLEAN.has(opType)) return 'bool'
  if (INT64.has(opType)) return 'int64'
  if (LIKE_FIRST_INPUT.has(opType)) return facts.dataType(node.inputs[0])
  if (opType === 'MaxPool' || opType === 'TopK') return index === 0 ? facts.dataType(node.inputs[0]) : 'int64'
  return RULES[opType]?.(node, index, facts)
}

type Rule = (node: Node, index: number, facts: Facts) => DataType | undefined

const RULES: Readonly<Record<string, Rule>> = {
  Cast: (node) => castTarget(node),
  CastLike: (node, _, facts) => facts.dataType(node.inputs[1]),
  Constant: (node) => constantTensor(node)?.dataType,
  ConstantOfShape: (node) => node.tensor('value')?.dataType ?? 'float32',
  ConvInteger: () => 'int32',
  DequantizeLinear: (node, _, facts) => facts.dataType(node.inputs[1]),
  Dropout: (node, index, facts) => (index === 0 ? facts.dataType(node.inputs[0]) : undefined),
  MatMulInteger: () => 'int32',
  OneHot: (node, _, facts) => facts.dataType(node.inputs[2]),
  Where: (node, _, facts) => facts.dataType(node.inputs[1]),
}
