/** MatMul and Gemm of 8-bit rows by constant weights. */
import type { Node } from '../../../ir'
import { integerForm, integerLinear, type LinearLayer, MOST_GEMV_ROWS } from '../../choice/linearAlternatives'
import type { Group } from '../../fusion/fusion'
import type { Fact } from '../../plan/fact'
import { inRows, unsignedOf } from '../../plan/integers'
import type { Lowering } from '../../plan/lowering'
import { type Integers, integersOf, type Target, targetOf } from '../../plan/scale'
import { Slot } from '../../plan/slot'
import type { WeightSource } from '../../plan/weights'
import { sizeBetween } from '../axis'
import { fits, floatNodes } from '../epilogue'
import { isPlainGemm } from '../plainGemm'
import { repeatedRows } from './repeated'
import { byteRule, emitRule, floatEpilogue, floatRule } from './sumRule'
import { type IntegerWeights, integerWeights } from './weights'

interface Product {
  readonly x: Integers
  readonly weights: IntegerWeights
  readonly bias: Fact | undefined
  readonly rows: number
  readonly columns: number
  /** Inputs that stand more than once counted as often. */
  readonly depth: number
  readonly isTransposed: boolean
  readonly shape: readonly number[]
}

function productOf(node: Node, plan: Lowering): Product | undefined {
  const [a, b] = [plan.input(node, 0), plan.input(node, 1)]
  const isGemm = node.is('Gemm')
  if (isGemm && !isPlainGemm(node)) return undefined
  const isTransposed = isGemm && node.int('transB', 0) !== 0
  const [inputs, columns] = isTransposed ? [b.dim(1), b.dim(0)] : [b.dim(0), b.dim(1)]
  const x = integersOf(a)
  const weights = integerWeights(b, isTransposed ? 0 : 1, columns)
  const bias = isGemm ? plan.optional(node, 2) : undefined
  if (!x || !weights || b.rank !== 2 || a.rank < 2 || a.dim(-1) !== inputs || (bias && bias.size !== columns))
    return undefined
  const rows = sizeBetween(a.shape, 0, a.rank - 1)
  const depth = inputs + weights.repeated.length
  return { x, weights, bias, rows, columns, depth, isTransposed, shape: [...a.shape.slice(0, -1), columns] }
}

/** The operands of the kernels of a product, and how large it is. */
interface Operands {
  readonly inputs: readonly [Slot, WeightSource]
  /** Rows, columns, depth and the rows' zero point. */
  readonly sizes: readonly number[]
  readonly layer: LinearLayer
}

function operandsOf({ x, weights, rows, columns, depth, isTransposed }: Product, plan: Lowering): Operands {
  const [outer, inner] = isTransposed ? [depth, 1] : [1, columns]
  const dense = {
    tensor: weights.tensor,
    form: integerForm(rows),
    parameters: [1, columns, depth, 1, outer, inner, 0],
  }
  return {
    inputs: [repeatedRows(plan, x.fact, weights.repeated), dense],
    sizes: [rows, columns, depth, x.zeroPoint],
    layer: { dense, rows, outputs: columns, inputs: depth, isTransposed },
  }
}

/** Lowers a product as integers; says how many nodes of the group that covers, 0 where it cannot. */
export function lowerIntegers(node: Node, plan: Lowering, group?: Group): number {
  const found = productOf(node, plan)
  if (!found || found.rows * found.columns * found.depth === 0) return 0
  const operands = operandsOf(found, plan)
  return (
    lowerToBytes(node, plan, group, found, operands) || lowerFromFloats(node, plan, group, found, operands)
  )
}

/** Where all that follows the sums can be done by one multiplication each. */
function lowerToBytes(
  node: Node,
  plan: Lowering,
  group: Group | undefined,
  found: Product,
  { inputs, sizes, layer }: Operands,
): number {
  const { rows, columns, shape } = found
  const rule = byteRule(plan, group, found, (other) =>
    `${other.fact.shape}` === `${shape}` ? unsignedOf(plan, other.fact) : undefined,
  )
  if (!rule?.dataType) return 0
  const y = inRows(plan, rule.dataType, shape, Slot.arena(rows * columns))
  const step = emitRule(plan, 'qmatmul.rows', inputs, y.unsigned as Slot, sizes, rule)
  step.alternatives = integerLinear(layer, 'rows')
  plan.define((group?.nodes[rule.covered - 1] ?? node).output(), y)
  return rule.covered
}

/** Where it is done in floats, which may be quantized again in the same step. */
function lowerFromFloats(
  node: Node,
  plan: Lowering,
  group: Group | undefined,
  found: Product,
  { inputs, sizes, layer }: Operands,
): number {
  const { rows, columns, shape } = found
  const epilogue = floatEpilogue(plan, group)
  const isFit = fits(epilogue.residual, shape) && (!epilogue.bias || epilogue.bias.size === columns)
  const nodes = floatNodes(node, isFit ? group : undefined)
  const floats = floatRule(plan, found, isFit ? epilogue : floatEpilogue(plan, undefined), nodes.length)
  const [all, parameters] = [
    [...inputs, ...floats.inputs],
    [...sizes, ...floats.parameters],
  ]
  // Kernels for a few rows have no such store.
  const target = isFit && rows > MOST_GEMV_ROWS ? activatedTarget(plan, group) : undefined
  if (target) {
    const y = inRows(plan, target.dataType, shape, Slot.arena(rows * columns))
    const { scale, zeroPoint } = target
    const step = plan.step('qmatmul.activated', all, [y.unsigned as Slot], [...parameters, scale, zeroPoint])
    step.alternatives = integerLinear(layer, 'activated')
    plan.define(group?.quantize?.output(), y)
    return nodes.length + 1
  }
  const y = plan.create('float32', shape)
  plan.step('qmatmul.f32', all, [y], parameters).alternatives = integerLinear(layer, 'f32')
  plan.define(nodes.at(-1)?.output(), y)
  return nodes.length
}

/** What becomes of a result that is quantized after an activation or additions in floats, in the same step. */
function activatedTarget(plan: Lowering, group: Group | undefined): Target | undefined {
  const target = targetOf(plan, group?.quantize)
  return target && target.scale >= 2 ** -60 && target.scale <= 2 ** 60 ? target : undefined
}
