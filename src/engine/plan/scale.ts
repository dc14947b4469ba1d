/** What 8-bit values mean to the integer kernels: unsigned, with one scale and zero point. */
import type { DataType, Node } from '../../ir'
import type { Fact } from './fact'
import type { Lowering } from './lowering'
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

/** What onnxruntime's QLinearAdd makes of two bytes: l · left + (r · right + fixed), in float32, each product and sum fused. */
export interface Addition {
  readonly left: number
  readonly right: number
  readonly fixed: number
}

/** Rounded step by step as there: where a sum lies at a half, the last bit of `fixed` decides. */
export function additionOf(l: Scale, r: Scale, target: Scale): Addition {
  const [left, right] = [Math.fround(l.scale / target.scale), Math.fround(r.scale / target.scale)]
  const zeros = Math.fround(left * l.zeroPoint + Math.fround(right * r.zeroPoint))
  return { left, right, fixed: Math.fround(target.zeroPoint - zeros) }
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
