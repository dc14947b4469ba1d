/** QuantizeLinear and DequantizeLinear: nothing is computed before something asks for the one or the other form. */
import { type DataType, dataTypeFromCode, type Node, Tensor } from '../../ir'
import { Fact, type Quantization } from '../plan/fact'
import { imageOf, liesInPanels, panelSlot, panelsOf, unsignedOf } from '../plan/integers'
import type { Lowering } from '../plan/lowering'
import { flipOf, type Target, targetOf } from '../plan/scale'
import { Slot } from '../plan/slot'
import { decline } from '../plan/unplannable'
import { axisOf, sizeBetween } from './axis'
import type { Rules } from './rule'

/** The constants of a node; they differ along an axis where there are several. */
function quantizationOf(node: Node, plan: Lowering, rank: number): Quantization {
  const scaleFact = plan.input(node, 1)
  const zeroFact = plan.optional(node, 2)
  const [scale, zeroPoint] = [plan.tensorOf(scaleFact), zeroFact && plan.tensorOf(zeroFact)]
  if (scale.dataType !== 'float32') return decline(`scales of type ${scale.dataType}`)
  const block = node.int('block_size', 0) || undefined
  if (!block && scale.shape.length > 1) return decline('scales of blocks')
  return { scale, zeroPoint, axis: scale.size === 1 ? 0 : axisOf(node.int('axis', 1), rank), block }
}

/** outer, channels, inner, bits and sign, as the steps take them. */
function layoutOf({ shape, size }: Fact, { scale, axis }: Quantization, dataType: DataType): number[] {
  const isSigned = dataType === 'int8' ? 1 : 0
  if (scale.size === 1) return [1, 1, size, 8, isSigned]
  return [sizeBetween(shape, 0, axis), scale.size, sizeBetween(shape, axis + 1, shape.length), 8, isSigned]
}

function zeroPoints({ scale, zeroPoint }: Quantization, added = 0): Fact {
  const zeros = zeroPoint?.toNumbers() ?? new Array<number>(scale.size).fill(0)
  return Fact.constant(
    Tensor.from(
      'int32',
      [zeros.length],
      Int32Array.from(zeros, (zero) => zero + added),
    ),
  )
}

function quantizeLinear(node: Node, plan: Lowering): void {
  const x = plan.floats(node, 0)
  const by = quantizationOf(node, plan, x.rank)
  if (by.block) decline('scales of blocks')
  const dataType = by.zeroPoint?.dataType ?? dataTypeFromCode(node.int('output_dtype', 2)) ?? 'uint8'
  if (!/^u?int8$/.test(dataType)) decline(`results of type ${dataType}`)
  const y = new Fact(dataType, x.shape)
  const rows = (type: DataType, added: number) =>
    plan.within([node], () => {
      const slot = Slot.arena(y.size)
      plan.step(
        'quantize',
        [x, Fact.constant(by.scale), zeroPoints(by, added)],
        [slot],
        layoutOf(y, by, type),
      )
      return slot
    })
  const target = targetOf(plan, node)
  y.make = {
    slot: () => rows(dataType, 0),
    ...(target && {
      unsigned: () => rows('uint8', flipOf(dataType)),
      panels: () => quantizedPanels(node, plan, x, target),
    }),
  }
  plan.define(node.output(), y)
}

function quantizedPanels(node: Node, plan: Lowering, x: Fact, { scale, zeroPoint }: Target): Slot {
  return plan.within([node], () => {
    const slot = panelSlot(x)
    plan.step('c4.quantize', [x], [slot], [...imageOf(x), scale, zeroPoint])
    return slot
  })
}

function dequantizeLinear(node: Node, plan: Lowering): void {
  const from = plan.input(node, 0)
  const by = quantizationOf(node, plan, from.rank)
  const isKnown = from.constant !== undefined && !plan.isEvaluation
  if (!/^u?int8$/.test(from.dataType) && !(from.constant && /^u?int(16|32)$/.test(from.dataType)))
    if (!isKnown || !/^u?int4$/.test(from.dataType)) decline(`integers of type ${from.dataType}`)
  if (by.block && !isKnown) decline('scales of blocks')
  const y = new Fact('float32', from.shape)
  y.dequantized = { from, by }
  if (!from.constant || plan.isEvaluation) y.make = { slot: () => floatsOf(node, plan, y, from, by) }
  plan.define(node.output(), y)
}

function floatsOf(node: Node, plan: Lowering, y: Fact, from: Fact, by: Quantization): Slot {
  return plan.within([node], () => {
    const slot = Slot.arena(y.bytes)
    if (liesInPanels(from) && !from.slot && by.scale.size === 1) {
      const zero = (by.zeroPoint?.toNumbers()[0] ?? 0) + flipOf(from.dataType)
      plan.step(
        'c4.dequantize',
        [panelsOf(plan, from)],
        [slot],
        [...imageOf(y), by.scale.toNumbers()[0] ?? 1, zero],
      )
    } else if ((from.unsigned || from.derived) && !from.slot)
      plan.step(
        'dequantize',
        [unsignedOf(plan, from), Fact.constant(by.scale), zeroPoints(by, flipOf(from.dataType))],
        [slot],
        layoutOf(y, by, 'uint8'),
      )
    else
      plan.step(
        'dequantize',
        [from, Fact.constant(by.scale), zeroPoints(by)],
        [slot],
        layoutOf(y, by, from.dataType),
      )
    return slot
  })
}

export const quantization: Rules = {
  QuantizeLinear: { lower: quantizeLinear },
  DequantizeLinear: { lower: dequantizeLinear, isLazy: () => true },
}
