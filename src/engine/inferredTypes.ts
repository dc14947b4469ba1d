/**
 * Element types and how many axes values have, as far as the operators say it: what rules of simplification ask for most.
 */
import { axesOf, sizesOf, type TypeView } from '../analysis'
import { type DataType, dataTypeFromCode, type Graph, type Node, type Value } from '../ir'

/** Operators whose result has as many axes as their first input; those of other sets with the set's name. */
const KEEPING = new Set(
  'Abs BatchNormalization Cast Ceil Clip Cos Conv ConvTranspose DequantizeLinear Dropout Elu Erf Exp Floor Gelu GlobalAveragePool GlobalMaxPool HardSigmoid HardSwish Identity InstanceNormalization LayerNormalization LeakyRelu Log LogSoftmax MaxPool AveragePool Neg Not Pad QuantizeLinear Reciprocal Relu Resize Round Selu Sigmoid Sin Slice Softmax Softplus Split Sqrt Swish Tanh Transpose Concat RMSNormalization SimplifiedLayerNormalization RotaryEmbedding com.microsoft.RotaryEmbedding com.microsoft.QuickGelu com.microsoft.MatMulNBits'.split(
    ' ',
  ),
)

/** Others whose result is of the type of their first input. */
const PASSING = /^(Reduce\w+|MatMul|Gemm|Gather|Expand|Reshape|Unsqueeze|Squeeze|Flatten)$/

/** Operators whose operands are broadcast: the result has as many axes as the one with most. */
const BROADCASTING = new Set('Add Sub Mul Div Pow Max Min Sum Mean Where PRelu'.split(' '))

/** The same, whose result says what holds. */
const COMPARING = new Set('Equal Greater GreaterOrEqual Less LessOrEqual And Or Xor'.split(' '))

type RankOf = (value: Value | undefined) => number | undefined
type DataTypeOf = (value: Value | undefined) => DataType | undefined

/** Tells the view what follows of every value of a graph from its inputs. */
export function learnTypes(graph: Graph, types: TypeView): void {
  const rankOf: RankOf = (value) => value && types.rankOf(value)
  const dataTypeOf: DataTypeOf = (value) => value && types.dataTypeOf(value)
  for (const node of graph) {
    const rank = rankAfter(node, rankOf, (sizes) => lengthOf(sizes, types))
    const dataType = dataTypeAfter(node, dataTypeOf)
    // Further ones may be of another type, as the places that MaxPool found.
    for (const [index, output] of node.outputs.entries())
      if (output) learn(types, output, rank, index === 0 || node.is('Split') ? dataType : undefined)
  }
}

/** What is known already is not changed. */
function learn(
  types: TypeView,
  value: Value,
  rank: number | undefined,
  dataType: DataType | undefined,
): void {
  const [knownShape, knownType] = [types.shapeOf(value), types.dataTypeOf(value)]
  const inferred = rank === undefined || rank < 0 ? undefined : new Array<undefined>(rank).fill(undefined)
  const shape = knownShape ?? inferred
  const type = knownType ?? dataType
  if (shape === knownShape && type === knownType) return
  types.record(value, { kind: 'tensor', ...(type && { dataType: type }), ...(shape && { shape }) })
}

function dataTypeAfter(node: Node, dataTypeOf: DataTypeOf): DataType | undefined {
  const type = node.qualifiedType
  if (type === 'Cast') return dataTypeFromCode(node.int('to', 0))
  if (type === 'Shape' || type === 'Size') return 'int64'
  if (COMPARING.has(type) || type === 'Not') return 'bool'
  if (type === 'QuantizeLinear') return dataTypeOf(node.input(2))
  if (type === 'DequantizeLinear') return dataTypeOf(node.input(1))
  if (type === 'Where') return dataTypeOf(node.input(1)) ?? dataTypeOf(node.input(2))
  const first = dataTypeOf(node.input(0))
  // An exponent may be of another type.
  if (BROADCASTING.has(type) && type !== 'Pow') return first ?? dataTypeOf(node.input(1))
  return KEEPING.has(type) || type === 'Pow' || PASSING.test(type) ? first : undefined
}

/** @param lengthOf how many numbers a vector of sizes has */
function rankAfter(node: Node, rankOf: RankOf, lengthOf: RankOf): number | undefined {
  const first = rankOf(node.input(0))
  const type = node.qualifiedType
  if (KEEPING.has(type)) return first
  if (BROADCASTING.has(type) || COMPARING.has(type)) return most(node.inputs.map(rankOf))
  if (/^Reduce/.test(type)) return node.int('keepdims', 1) ? first : undefined
  switch (type) {
    case 'MatMul':
      return productRank(node.inputs.map(rankOf))
    case 'Expand':
      return most([first, lengthOf(node.input(1))])
    case 'Reshape':
      return lengthOf(node.input(1))
    case 'Gather':
      return sum(first, rankOf(node.input(1)), -1)
    case 'Shape':
    case 'Range':
      return 1
    case 'Gemm':
    case 'Flatten':
      return 2
    case 'Unsqueeze':
      return sum(first, axesOf(node, 1)?.length)
    case 'Squeeze':
      return sum(first, negative(axesOf(node, 1)?.length))
    default:
      return undefined
  }
}

/** Of a vector of sizes, which may be put together of those of other values. */
function lengthOf(sizes: Value | undefined, types: TypeView): number | undefined {
  return sizes?.constant?.size ?? sizesOf(sizes, types)?.length
}

/** A vector's axis is dropped again. */
function productRank(ranks: readonly (number | undefined)[]): number | undefined {
  const rank = most(ranks)
  return ranks.every((each) => each !== undefined && each >= 2) ? rank : undefined
}

function most(ranks: readonly (number | undefined)[]): number | undefined {
  return ranks.includes(undefined) ? undefined : Math.max(...(ranks as number[]))
}

function sum(...numbers: (number | undefined)[]): number | undefined {
  return numbers.includes(undefined) ? undefined : (numbers as number[]).reduce((all, each) => all + each, 0)
}

function negative(number: number | undefined): number | undefined {
  return number === undefined ? undefined : -number
}
