/** How many axes values have, as far as the operators say it: what rules of simplification ask for most. */
import { axesOf, type TypeView } from '../analysis'
import type { Graph, Node, Value } from '../ir'

/** Operators whose result has as many axes as their first input; those of other sets with the set's name. */
const KEEPING = new Set(
  'Abs BatchNormalization Cast Ceil Clip Conv ConvTranspose DequantizeLinear Dropout Elu Erf Exp Floor Gelu GlobalAveragePool GlobalMaxPool HardSigmoid HardSwish Identity InstanceNormalization LayerNormalization LeakyRelu Log LogSoftmax MaxPool AveragePool Neg Pad QuantizeLinear Reciprocal Relu Resize Round Selu Sigmoid Slice Softmax Softplus Split Sqrt Swish Tanh Transpose Concat com.microsoft.QuickGelu'.split(
    ' ',
  ),
)

/** Operators whose operands are broadcast: the result has as many axes as the one with most. */
const BROADCASTING = new Set('Add Sub Mul Div Pow Max Min Sum Mean Where PRelu'.split(' '))

type RankOf = (value: Value | undefined) => number | undefined

/** Tells the view the number of axes of every value of a graph for which it follows from its inputs. */
export function learnRanks(graph: Graph, types: TypeView): void {
  const rankOf: RankOf = (value) => value && types.rankOf(value)
  for (const node of graph) {
    const rank = rankAfter(node, rankOf)
    if (rank === undefined || rank < 0) continue
    for (const output of node.outputs) {
      if (!output || types.rankOf(output) !== undefined) continue
      types.record(output, { kind: 'tensor', shape: new Array(rank).fill(undefined) })
    }
  }
}

function rankAfter(node: Node, rankOf: RankOf): number | undefined {
  const first = rankOf(node.input(0))
  const type = node.qualifiedType
  if (KEEPING.has(type)) return first
  if (BROADCASTING.has(type)) return most(node.inputs.map(rankOf))
  if (/^Reduce/.test(type)) return node.int('keepdims', 1) ? first : undefined
  switch (type) {
    case 'MatMul':
      return productRank(node.inputs.map(rankOf))
    case 'Expand':
      return most([first, node.input(1)?.constant?.size])
    case 'Gather':
      return sum(first, rankOf(node.input(1)), -1)
    case 'Shape':
      return 1
    case 'Gemm':
    case 'Flatten':
      return 2
    case 'Reshape':
      return node.input(1)?.constant?.size
    case 'Unsqueeze':
      return sum(first, axesOf(node, 1)?.length)
    case 'Squeeze':
      return sum(first, negative(axesOf(node, 1)?.length))
    default:
      return undefined
  }
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
