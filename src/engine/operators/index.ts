/** The operators that the engine computes itself, by type; everything else is onnxruntime's. */
import type { Node } from '../../ir'
import { activations } from './activation'
import { arithmetic } from './arithmetic'
import { cachedAttention } from './cachedAttention'
import { cast } from './cast'
import { comparison } from './comparison'
import { concat } from './concat'
import { conditional } from './conditional'
import { constants } from './constant'
import { conv } from './conv'
import { convTranspose } from './convTranspose'
import { depthAndSpace } from './depthToSpace'
import { dynamic } from './dynamic'
import { dynamicLstm } from './dynamicLstm'
import { expand } from './expand'
import { extremes } from './extremes'
import { gather } from './gather'
import { gemm } from './gemm'
import { indexing } from './indexing'
import { matMulNBits } from './matMulNBits'
import { matmul } from './matmul'
import { normalization } from './normalization'
import { pad } from './pad'
import { pooling } from './pool'
import { quantization } from './quantizeLinear'
import { recurrent } from './recurrent'
import { reductions } from './reduce'
import { reshapes } from './reshape'
import { resize } from './resize'
import { rotaryEmbedding } from './rotaryEmbedding'
import type { OperatorRule, Rules } from './rule'
import { slices } from './slice'
import { softmax } from './softmax'
import { transpose } from './transpose'
import { where } from './where'

/** Put together at first use: rules lower nodes inside others, and so this file and theirs import each other. */
let rules: Rules | undefined

const allRules = (): Rules => ({
  ...activations,
  ...arithmetic,
  ...cachedAttention,
  ...cast,
  ...comparison,
  ...concat,
  ...conditional,
  ...constants,
  ...conv,
  ...convTranspose,
  ...depthAndSpace,
  ...dynamic,
  ...dynamicLstm,
  ...expand,
  ...extremes,
  ...gather,
  ...gemm,
  ...indexing,
  ...matmul,
  ...matMulNBits,
  ...normalization,
  ...pad,
  ...pooling,
  ...quantization,
  ...recurrent,
  ...reductions,
  ...reshapes,
  ...resize,
  ...rotaryEmbedding,
  ...slices,
  ...softmax,
  ...transpose,
  ...where,
})

/** The rule of a node, or of an operator of ONNX's own set by name; those of other sets have the set's name before theirs. */
export function ruleOf(node: Node | string): OperatorRule | undefined {
  const type = typeof node === 'string' ? node : node.qualifiedType
  rules ??= allRules()
  return Object.hasOwn(rules, type) ? rules[type] : undefined
}
