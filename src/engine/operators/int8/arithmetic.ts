/** Add and Mul of 8-bit values whose result is quantized again: onnxruntime's QLinearAdd and QLinearMul. */
import type { Node } from '../../../ir'
import type { Group } from '../../fusion/fusion'
import { broadcastParameters, broadcastShape } from '../../plan/broadcast'
import { imageOf, inPanels, inRows, liesInPanels, panelSlot, panelsOf, unsignedOf } from '../../plan/integers'
import type { Lowering } from '../../plan/lowering'
import {
  type Addition,
  additionOf,
  boundsOf,
  flipOf,
  type Integers,
  integersOf,
  roundHalfEven,
  type Target,
  targetOf,
} from '../../plan/scale'
import { Slot } from '../../plan/slot'
import { sizeBetween } from '../axis'
import { applyTable, derivation } from './table'

/** The numbers of a kernel's ByteArithmetic (cpp/bytes). */
function ratiosOf(isProduct: boolean, l: Integers, r: Integers, target: Target): Addition {
  if (!isProduct) return additionOf(l, r, target)
  return {
    left: Math.fround(Math.fround(l.scale * r.scale) / target.scale),
    right: 0,
    fixed: target.zeroPoint,
  }
}

/** Both operands as bytes of one value, where the one is a constant number or both come from the same. */
function tableFor(
  isProduct: boolean,
  l: Integers,
  r: Integers,
  { left: ratio, right: second, fixed }: Addition,
  [low = 0, high = 255]: readonly number[],
): { base: Integers; bytes: Uint8Array } | undefined {
  // Rounded as the kernels do: the zero point is added before a float becomes an integer.
  const sum = (a: number, b: number) => Math.fround(a * ratio + Math.fround(b * second + fixed))
  const product = (a: number, b: number) =>
    Math.fround(Math.fround((a - l.zeroPoint) * (b - r.zeroPoint) * ratio) + fixed)
  const result = (a: number, b: number) =>
    Math.min(Math.max(roundHalfEven(isProduct ? product(a, b) : sum(a, b)), low), high)
  const table = (of: (byte: number) => number) => Uint8Array.from({ length: 256 }, (_, byte) => of(byte))
  const [left, right] = [numberOf(l), numberOf(r)]
  if (right !== undefined) return { base: l, bytes: table((byte) => result(byte, right)) }
  if (left !== undefined) return { base: r, bytes: table((byte) => result(left, byte)) }
  const [a, b] = [derivation(l.fact), derivation(r.fact)]
  if (a.base !== b.base) return undefined
  const bytes = table((byte) => result(a.table[byte] ?? 0, b.table[byte] ?? 0))
  return { base: { ...l, fact: a.base }, bytes }
}

/** The one byte of a constant, unsigned. */
function numberOf({ fact }: Integers): number | undefined {
  if (fact.constant?.size !== 1) return undefined
  return (fact.constant.toNumbers()[0] ?? 0) + flipOf(fact.dataType)
}

/** Whether the right operand has one value a channel of the left one's image. */
function isByChannel(l: readonly number[], r: readonly number[]): boolean {
  return l.length === 4 && r.length === 4 && r[2] === 1 && r[3] === 1 && l[0] === r[0] && l[1] === r[1]
}

export function lowerIntegers(node: Node, plan: Lowering, group: Group): number {
  const [a, b] = [integersOf(plan.input(node, 0)), integersOf(plan.input(node, 1))]
  const target = targetOf(plan, group.quantize)
  const bounds = target && boundsOf(plan, group.activation, target)
  if (!a || !b || !target || !bounds) return 0
  const swaps = isByChannel(b.fact.shape, a.fact.shape) && !isByChannel(a.fact.shape, b.fact.shape)
  const [l, r] = swaps ? [b, a] : [a, b]
  const name = node.is('Mul') ? 'mul' : 'add'
  const ratios = ratiosOf(name === 'mul', l, r, target)
  const { left, right, fixed } = ratios
  const parameters = [left, right, fixed, l.zeroPoint, r.zeroPoint, ...bounds]
  const shape = broadcastShape([l.fact.shape, r.fact.shape])
  const table = tableFor(name === 'mul', l, r, ratios, bounds)
  if (table && `${shape}` === `${table.base.fact.shape}`) {
    plan.define(group.nodes.at(-1)?.output(), applyTable(plan, table.base.fact, target.dataType, table.bytes))
    return group.nodes.length
  }
  if (sizeBetween(shape, 0, shape.length) === 0) return 0
  const last = group.nodes.at(-1)?.output()
  const isImage = shape.length === 4 && (liesInPanels(l.fact) || liesInPanels(r.fact))
  const isSame = `${l.fact.shape}` === `${r.fact.shape}`
  if (isImage && (isSame || isByChannel(l.fact.shape, r.fact.shape))) {
    const y = inPanels(plan, target.dataType, shape)
    const [images, channels, pixels] = imageOf(y)
    const planes = images * Math.ceil(channels / 4)
    const to = y.panels ?? panelSlot(y)
    const operands = [panelsOf(plan, l.fact), panelsOf(plan, r.fact)]
    if (isSame)
      plan.step(`qbinary.${name}`, operands, [to], [...parameters, 1, planes * pixels * 4, 1, 1], 'C4')
    else plan.step(`qbinary.${name}ByChannel`, operands, [to], [...parameters, planes, pixels], 'C4')
    plan.define(last, y)
    return group.nodes.length
  }
  const y = inRows(plan, target.dataType, shape, Slot.arena(sizeBetween(shape, 0, shape.length)))
  const operands = [unsignedOf(plan, l.fact), unsignedOf(plan, r.fact)]
  const axes = broadcastParameters(shape, [l.fact.shape, r.fact.shape])
  plan.step(`qbinary.${name}`, operands, [y.unsigned as Slot], [...parameters, ...axes])
  plan.define(last, y)
  return group.nodes.length
}
