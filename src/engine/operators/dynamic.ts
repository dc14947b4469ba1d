/**
 * Activations quantized by the range that they have at run time, as `quantize.dynamic()` and onnxruntime's quantizer write it:
 * DynamicQuantizeLinear, MatMulInteger or ConvInteger, a Cast to float, a Mul by both scales. The last three are one step.
 */
import type { Node } from '../../ir'
import { integerForm, integerLinear } from '../choice/linearAlternatives'
import type { Group } from '../fusion/fusion'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
import { sizeBetween } from './axis'
import { dynamicInputs, dynamicParameters } from './dynamicRule'
import { epilogueOf, fits } from './epilogue'
import { lowerConvInteger } from './int8/dynamicConv'
import { repeatedRows } from './int8/repeated'
import { signedWeights } from './int8/weights'
import type { Rules } from './rule'

function quantize(node: Node, plan: Lowering): void {
  const x = plan.floats(node, 0)
  if (x.size === 0) decline('nothing to quantize')
  const outputs = [
    plan.create('uint8', x.shape),
    plan.create('float32', []),
    plan.create('uint8', []),
  ] as const
  plan.step('dynamicQuantize', [x], outputs, [x.size])
  for (const [index, fact] of outputs.entries()) plan.define(node.output(index), fact)
}

/** Lowers the product, its Cast and its Mul, and what is done to the result as it is stored. */
function multiply(node: Node, plan: Lowering, group: Group): number {
  const [x, weights, zero] = [plan.input(node, 0), plan.input(node, 1), plan.optional(node, 2)]
  const weightZero = plan.optional(node, 3)
  const scale = group.scale && plan.fact(group.scale)
  if (!scale || !zero || !weights.constant || x.dataType !== 'uint8' || weights.rank !== 2 || x.rank < 2)
    return 0
  const { tensor, repeated } = signedWeights(weights.constant, zerosOf(plan, weightZero), 1)
  const columns = weights.dim(1)
  const depth = weights.dim(0) + repeated.length
  const rows = sizeBetween(x.shape, 0, x.rank - 1)
  const isVector = scale.size === 1 || (scale.size === columns && scale.dim(-1) === columns)
  if (zero.size !== 1 || !isVector || x.dim(-1) !== weights.dim(0) || rows * columns * depth === 0) return 0
  const addend = group.addend && plan.fact(group.addend)
  if (addend && !(addend.dataType === 'int32' && addend.size === columns && addend.dim(-1) === columns))
    return 0
  const shape = [...x.shape.slice(0, -1), columns]
  const epilogue = epilogueOf(plan, undefined, group)
  if (!fits(epilogue.residual, shape) || (epilogue.bias && epilogue.bias.size !== columns)) return 0
  const packed = { tensor, form: integerForm(rows), parameters: [1, columns, depth, 1, 1, columns, 0] }
  const y = plan.create('float32', shape)
  const step = plan.step(
    'dynamicMatmul',
    [repeatedRows(plan, x, repeated), packed, ...dynamicInputs(zero, scale, addend, epilogue)],
    [y],
    [rows, columns, depth, scale.size, ...dynamicParameters(addend, epilogue)],
  )
  const layer = { dense: packed, rows, outputs: columns, inputs: depth, isTransposed: false }
  step.alternatives = integerLinear(layer, 'dynamic')
  plan.define(group.nodes.at(-1)?.output(), y)
  return group.nodes.length
}

/** The zero points of constant weights; none are 0. */
function zerosOf(plan: Lowering, zero: Fact | undefined): readonly number[] {
  return zero ? plan.numbers(zero) : [0]
}

export const dynamic: Rules = {
  DynamicQuantizeLinear: { lower: quantize, isLazy: () => true },
  MatMulInteger: { lower: () => decline('integers that nothing scales'), lowerGroup: multiply },
  ConvInteger: { lower: () => decline('integers that nothing scales'), lowerGroup: lowerConvInteger },
}
