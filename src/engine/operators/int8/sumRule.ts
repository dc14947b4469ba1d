/** How the sums of an integer product become its result: what cpp/engine/steps/requantize.h reads. */
import type { Node, Tensor } from '../../../ir'
import type { Group } from '../../fusion/fusion'
import { computedTensor } from '../../plan/computedTensor'
import { Fact } from '../../plan/fact'
import { Latest } from '../../plan/latest'
import type { Lowering, Operand } from '../../plan/lowering'
import {
  additionOf,
  boundsOf,
  type Integers,
  integersOf,
  type Scale,
  type Target,
  targetOf,
} from '../../plan/scale'
import type { Slot } from '../../plan/slot'
import type { Step } from '../../plan/step'
import { type Epilogue, epilogueOf } from '../epilogue'
import { type IntegerWeights, integerBias, scalesOf } from './weights'

/** Neither an addition nor a table behind it: see SumRule of cpp/engine/steps/requantize.h. */
const NO_SUM = [0, 0, 1, 1, 0, 1, 0, 255]

/** What a step reads behind its operands, its parameters, and how many nodes of the group it covers. */
export interface SumRule {
  readonly inputs: readonly Operand[]
  readonly parameters: readonly number[]
  readonly covered: number
  /** The type of the 8-bit result; undefined for a float one. */
  readonly dataType: Fact['dataType'] | undefined
  /** The same with a table for the result's bytes. */
  withTable?(table: Operand): Pick<SumRule, 'inputs' | 'parameters'>
}

interface Product {
  readonly x: Integers
  readonly weights: IntegerWeights
  readonly bias: Fact | undefined
}

function biasOf(plan: Lowering, { x, weights, bias }: Product): Fact[] {
  const tensor = integerBias(plan, bias, x.scale, weights)
  return tensor ? [Fact.constant(tensor)] : []
}

const products = new Latest<IntegerWeights, Tensor>()

/** The product of scales in float32 and in onnxruntime's order. */
function multipliers({ x, weights }: Product, scale?: number): Fact {
  const xScale = x.scale
  const tensor = products.get(weights, [xScale, scale], () =>
    computedTensor('float32', [weights.channels], (start, end) => {
      const product = Float32Array.from(scalesOf(weights).slice(start, end), (each) => xScale * each)
      return scale === undefined ? product : product.map((each) => each / scale)
    }),
  )
  return Fact.constant(tensor)
}

/**
 * To 8-bit values, where the group quantizes its result with nothing but bounds in between.
 * @param otherOf where what a following addition adds lies, in the form of the result; undefined where it does not fit
 */
export function byteRule(
  plan: Lowering,
  group: Group | undefined,
  product: Product,
  otherOf: (other: Integers) => Operand | undefined,
): SumRule | undefined {
  const target = targetOf(plan, group?.quantize)
  const bounds = target && boundsOf(plan, group?.activation, target)
  if (!group?.quantize || !target || !bounds || group.residual || group.bias) return undefined
  const bias = biasOf(plan, product)
  const inputs: Operand[] = [...bias, multipliers(product, target.scale)]
  const head = [bias.length, target.zeroPoint, ...bounds]
  const sum = sumOf(plan, group, target, otherOf)
  if (!sum)
    return {
      inputs,
      parameters: [...head, 0, ...NO_SUM],
      covered: group.nodes.indexOf(group.quantize) + 1,
      dataType: target.dataType,
      withTable: (table) => ({ inputs: [...inputs, table], parameters: [...head, 1, ...NO_SUM] }),
    }
  return {
    inputs: [...inputs, sum.other],
    parameters: [...head, 0, 1, 0, ...sum.parameters],
    covered: group.nodes.length,
    dataType: sum.target.dataType,
    withTable: (table) => ({
      inputs: [...inputs, sum.other, table],
      parameters: [...head, 0, 1, 1, ...sum.parameters],
    }),
  }
}

/** The addition behind the quantized result, as onnxruntime's QLinearAdd. */
function sumOf(
  plan: Lowering,
  group: Group,
  first: Target,
  otherOf: (other: Integers) => Operand | undefined,
): { other: Operand; parameters: number[]; target: Target } | undefined {
  const { sum } = group
  const integers = sum && integersOf(plan.fact(sum.other))
  const other = integers && otherOf(integers)
  const target = targetOf(plan, sum?.quantize)
  const bounds = target && boundsOf(plan, sum?.activation, target)
  const dequantized = dequantizedBetween(plan, group)
  if (!integers || !other || !target || !bounds || !sameScale(dequantized, first)) return undefined
  const { otherFirst } = sum
  const [l, r]: readonly [Scale, Scale] = otherFirst ? [integers, first] : [first, integers]
  const { left, right, fixed } = additionOf(l, r, target)
  const [ratio, otherRatio] = otherFirst ? [right, left] : [left, right]
  return { other, parameters: [ratio, otherRatio, fixed, otherFirst ? 1 : 0, ...bounds], target }
}

/** The scale by which the quantized result is read again. */
function dequantizedBetween(plan: Lowering, { nodes, quantize }: Group): Target | undefined {
  const reader: Node | undefined = quantize && nodes[nodes.indexOf(quantize) + 1]
  return reader && targetOf(plan, reader)
}

function sameScale(a: Target | undefined, b: Target): boolean {
  return a?.scale === b.scale && a.zeroPoint === b.zeroPoint
}

/** To floats, with what the group does to them. */
export function floatRule(plan: Lowering, product: Product, epilogue: Epilogue, covered: number): SumRule {
  const bias = biasOf(plan, product)
  const { residual, activation } = epilogue
  const floatBias = epilogue.bias ? [epilogue.bias] : []
  return {
    inputs: [...bias, multipliers(product), ...floatBias, ...(residual ? [residual] : [])],
    parameters: [bias.length, floatBias.length, residual ? 1 : 0, ...activation],
    covered,
    dataType: undefined,
  }
}

/** Adds the step of a product whose result is 8-bit values, which may take in a table that follows. */
export function emitRule(
  plan: Lowering,
  kernel: string,
  operands: readonly Operand[],
  to: Slot,
  sizes: readonly number[],
  rule: SumRule,
  note?: string,
): Step {
  const step = plan.step(kernel, [...operands, ...rule.inputs], [to], [...sizes, ...rule.parameters], note)
  const before = step.inputs.slice(0, operands.length)
  step.withTable = (table) => {
    const changed = rule.withTable?.(table) ?? rule
    return {
      inputs: [...before, ...changed.inputs.map((input) => plan.operand(input))],
      parameters: [...sizes, ...changed.parameters],
    }
  }
  return step
}

/** The epilogue of a float result: the node's own bias belongs to the integers. */
export function floatEpilogue(plan: Lowering, group: Group | undefined): Epilogue {
  return epilogueOf(plan, undefined, group)
}
