/** Products by constant weights of 4 or 8 bits, in floats or, where the operator allows it, rounded to 8 bits. */
import type { Node } from '../../ir'
import { blockDensity, hasZeros } from '../choice/zeros'
import type { Group } from '../fusion/fusion'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { type NarrowWeights, narrowSource, narrowWeightsOf } from '../plan/narrowWeights'
import { sizeBetween } from './axis'
import { epilogueInputs, epilogueOf, epilogueParameters, fits, floatNodes } from './epilogue'
import { isPlainGemm } from './plainGemm'

/** Of 8-bit weights with more zeros, kernels for floats that leave these out are faster. */
const MOST_ZEROS = 0.5

function isSparse({ q, outputs, inputs }: NarrowWeights): boolean {
  return hasZeros(q, MOST_ZEROS) && blockDensity(q, { outputs, inputs, taps: 1 }, 1, 1) < 1 - MOST_ZEROS
}

/** Adds the step; says how many nodes of the group it covers. */
export function multiplyNarrow(
  plan: Lowering,
  node: Node,
  x: Fact,
  weights: NarrowWeights,
  bias: Fact | undefined,
  group?: Group,
): number {
  const { outputs, inputs, block, bits } = weights
  const rows = sizeBetween(x.shape, 0, x.rank - 1)
  const shape = [...x.shape.slice(0, -1), outputs]
  const epilogue = epilogueOf(plan, bias, group)
  if (!fits(epilogue.residual, shape) || (epilogue.bias && epilogue.bias.size !== outputs)) return 0
  if (x.rank < 1 || x.dim(-1) !== inputs || rows * outputs * inputs === 0) return 0
  const y = plan.create('float32', shape)
  const parameters = [rows, outputs, inputs, ...epilogueParameters(epilogue)]
  const operands = [x, narrowSource(weights), ...epilogueInputs(epilogue)]
  plan.step(
    weights.rounds ? 'narrowmatmul.int8' : 'narrowmatmul',
    operands,
    [y],
    parameters,
    `${bits} bits, blocks of ${block}`,
  )
  const nodes = floatNodes(node, group)
  plan.define(nodes.at(-1)?.output(), y)
  return nodes.length
}

/** Lowers a MatMul or Gemm by weights of 4 or 8 bits; says how many nodes of the group that covers, 0 where it cannot. */
export function lowerNarrow(node: Node, plan: Lowering, group?: Group): number {
  const isGemm = node.is('Gemm')
  if (isGemm && !isPlainGemm(node)) return 0
  const [a, b] = [plan.input(node, 0), plan.input(node, 1)]
  const weights = narrowWeightsOf(b, isGemm && node.int('transB', 0) !== 0)
  const bias = isGemm ? plan.optional(node, 2) : undefined
  if (!weights || a.dataType !== 'float32' || a.constant || a.rank < 2 || plan.isEvaluation) return 0
  if (bias && (bias.size !== weights.outputs || bias.dim(-1) !== weights.outputs)) return 0
  if (weights.bits === 8 && isSparse(weights)) return 0
  return multiplyNarrow(plan, node, a, weights, bias, group)
}
