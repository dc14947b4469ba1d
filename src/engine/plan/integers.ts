/** 8-bit values as the integer kernels take them: unsigned, with one scale and zero point. */
import { type DataType, type Node, Tensor } from '../../ir'
import { Fact } from './fact'
import type { Lowering } from './lowering'
import { Slot } from './slot'
import { decline } from './unplannable'

/** One scale and zero point; of int8 values the zero point with 128 added. */
export interface Scale {
  readonly scale: number
  readonly zeroPoint: number
}

export interface Integers extends Scale {
  readonly fact: Fact
}

/** What a QuantizeLinear makes. */
export interface Target extends Scale {
  readonly dataType: DataType
}

/** What is added to values of a type to make them unsigned. */
export function flipOf(dataType: DataType): number {
  return dataType === 'int8' ? 128 : 0
}

/** The integers behind a float value, where it has 8-bit ones with a single scale. */
export function integersOf(value: Fact | undefined): Integers | undefined {
  const from = value?.dequantized?.from
  const by = value?.dequantized?.by
  if (!from || !by || by.scale.size !== 1 || !/^u?int8$/.test(from.dataType)) return undefined
  const [zero = 0] = by.zeroPoint?.toNumbers() ?? [0]
  return { fact: from, scale: by.scale.toNumbers()[0] ?? 1, zeroPoint: zero + flipOf(from.dataType) }
}

/** What a QuantizeLinear makes, where that is 8-bit values with a single, constant scale. */
export function targetOf(plan: Lowering, node: Node | undefined): Target | undefined {
  if (!node) return undefined
  const scale = plan.knownTensor(plan.input(node, 1))
  const zeroFact = plan.optional(node, 2)
  const zero = zeroFact && plan.knownTensor(zeroFact)
  if (scale?.size !== 1 || (zeroFact && !zero)) return undefined
  const dataType = zero?.dataType ?? 'uint8'
  if (!/^u?int8$/.test(dataType) || (!zero && node.int('output_dtype', 0) > 2)) return undefined
  return {
    scale: scale.toNumbers()[0] ?? 1,
    zeroPoint: (zero?.toNumbers()[0] ?? 0) + flipOf(dataType),
    dataType,
  }
}

/** images, channels and pixels of a value, as C4 panels take them. */
export function imageOf({ shape }: Fact): [images: number, channels: number, pixels: number] {
  const [images = 1, channels = 1, ...spatial] = shape
  return [images, channels, spatial.reduce((all, size) => all * size, 1)]
}

/** New memory for a value in panels of four channels. */
export function panelSlot(fact: Fact): Slot {
  const [images, channels, pixels] = imageOf(fact)
  return Slot.arena(images * Math.ceil(channels / 4) * pixels * 4)
}

/** An 8-bit value that lies in panels, and is brought into rows where something wants them. */
export function inPanels(plan: Lowering, dataType: DataType, shape: readonly number[]): Fact {
  const fact = new Fact(dataType, shape)
  const panels = panelSlot(fact)
  fact.panels = panels
  const { nodes } = plan
  const unpacked = (flip: number) =>
    plan.within(nodes, () => {
      const slot = Slot.arena(fact.size)
      plan.step('c4.unpack', [panels], [slot], [...imageOf(fact), flip])
      return slot
    })
  fact.make = { slot: () => unpacked(flipOf(dataType)), unsigned: () => unpacked(0) }
  return fact
}

/** An 8-bit value that lies in unsigned rows. */
export function inRows(plan: Lowering, dataType: DataType, shape: readonly number[], slot: Slot): Fact {
  const fact = new Fact(dataType, shape)
  fact.unsigned = slot
  const { nodes } = plan
  fact.make = { slot: () => plan.within(nodes, () => flipped(plan, slot, fact)) }
  return fact
}

/** Whether a value lies in panels, or is looked up in what does. */
export function liesInPanels({ panels, derived }: Fact): boolean {
  return (panels ?? derived?.base.panels) !== undefined
}

/** Where a value lies in panels of four channels; brings it there. */
export function panelsOf(plan: Lowering, fact: Fact): Slot {
  if (fact.panels) return fact.panels
  fact.panels = fact.make.panels?.() ?? packed(plan, fact)
  return fact.panels
}

function packed(plan: Lowering, fact: Fact): Slot {
  const panels = panelSlot(fact)
  if (fact.unsigned) plan.step('c4.pack', [fact.unsigned], [panels], [...imageOf(fact), 0])
  else plan.step('c4.pack', [fact], [panels], [...imageOf(fact), flipOf(fact.dataType)])
  return panels
}

/** Where a value lies in unsigned rows; brings it there. */
export function unsignedOf(plan: Lowering, fact: Fact): Slot {
  if (fact.unsigned) return fact.unsigned
  if (fact.make.unsigned) fact.unsigned = fact.make.unsigned()
  else fact.unsigned = flipped(plan, plan.slotOf(fact), fact)
  return fact.unsigned
}

/** The unsigned rows of a value that lies in panels. */
export function unpacked(plan: Lowering, fact: Fact): Slot {
  const slot = Slot.arena(fact.size)
  plan.step('c4.unpack', [panelsOf(plan, fact)], [slot], [...imageOf(fact), 0])
  return slot
}

/** int8 as unsigned, or back: the same step. */
export function flipped(plan: Lowering, slot: Slot, fact: Fact): Slot {
  if (fact.dataType === 'uint8') return slot
  const to = Slot.arena(fact.size)
  const table = Uint8Array.from({ length: 256 }, (_, byte) => byte ^ 128)
  plan.step('table', [slot, tableOf(table)], [to], [fact.size])
  return to
}

export function tableOf(bytes: Uint8Array): Fact {
  return Fact.constant(Tensor.from('uint8', [256], bytes))
}

/** Rounds as QuantizeLinear does, to unsigned bytes: division in float32, halves to even. */
export function quantizedNumber(x: number, { scale, zeroPoint }: Scale): number {
  const q = roundHalfEven(Math.fround(Math.fround(x) / Math.fround(scale))) + zeroPoint
  return Number.isNaN(q) ? zeroPoint : Math.min(Math.max(q, 0), 255)
}

export function roundHalfEven(x: number): number {
  const below = Math.floor(x)
  const rest = x - below
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1
  return below % 2 === 0 ? below : below + 1
}

/** The bounds that a Relu or Clip in front of a quantization sets; undefined for anything else. */
export function boundsOf(
  plan: Lowering,
  activation: Node | undefined,
  target: Scale,
): [low: number, high: number] | undefined {
  if (!activation) return [0, 255]
  if (activation.is('Relu')) return [Math.max(target.zeroPoint, 0), 255]
  if (!activation.is('Clip')) return undefined
  const bound = (index: number, fallback: number) => {
    const fact = plan.optional(activation, index)
    const number = fact ? plan.knownTensor(fact)?.toNumbers()[0] : fallback
    return number === undefined ? decline('bounds that are computed') : quantizedNumber(number, target)
  }
  return [bound(1, Number.NEGATIVE_INFINITY), bound(2, Number.POSITIVE_INFINITY)]
}
