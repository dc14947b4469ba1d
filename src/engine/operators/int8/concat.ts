/** Concat of 8-bit values: panels side by side where channels come in fours, else rows. */
import type { Node } from '../../../ir'
import type { Group } from '../../fusion/fusion'
import { stridesOf } from '../../plan/broadcast'
import { copyStep } from '../../plan/copy'
import { Fact } from '../../plan/fact'
import { imageOf, inPanels, inRows, liesInPanels, panelsOf, unsignedOf } from '../../plan/integers'
import type { Lowering } from '../../plan/lowering'
import { type Integers, integersOf, type Target, targetOf } from '../../plan/scale'
import { Slot } from '../../plan/slot'
import { axisOf } from '../axis'
import { applyTable, rescaling } from './table'

export function lowerIntegers(node: Node, plan: Lowering, group: Group): number {
  const target = targetOf(plan, group.quantize)
  const all = node.inputs.flatMap((_, index) => integersOf(plan.input(node, index)) ?? [])
  const [first] = all
  if (!target || !first || all.length !== node.inputs.length || group.activation) return 0
  const axis = axisOf(node.int('axis', 0), first.fact.rank)
  const size = all.reduce((sum, { fact }) => sum + fact.dim(axis), 0)
  const shape = first.fact.shape.map((dim, at) => (at === axis ? size : dim))
  if (all.some(({ fact }) => fact.size === 0)) return 0
  const rescaled = all.map((each) => withScale(plan, each, target))
  const isPanels = shape.length === 4 && axis === 1 && belongInPanels(rescaled)
  const y = isPanels ? panels(plan, rescaled, shape, target) : rows(plan, rescaled, shape, axis, target)
  plan.define(group.nodes.at(-1)?.output(), y)
  return group.nodes.length
}

function withScale(plan: Lowering, each: Integers, target: Target): Fact {
  const table = rescaling(each, target)
  return table ? applyTable(plan, each.fact, target.dataType, table) : each.fact
}

/** Whether fewer bytes have to be brought into another form than in rows; what is not yet computed is made as it is wanted. */
function belongInPanels(all: readonly Fact[]): boolean {
  if (all.some((fact) => fact.dim(1) % 4 !== 0)) return false
  const bytesOf = (those: readonly Fact[]) => those.reduce((sum, { size }) => sum + size, 0)
  const panels = all.filter(liesInPanels)
  const rows = all.filter(
    (fact) => !panels.includes(fact) && (fact.unsigned || fact.slot || !fact.make.panels),
  )
  return panels.length > 0 && bytesOf(panels) >= bytesOf(rows)
}

/** Images' planes one after the other. */
function panels(plan: Lowering, all: readonly Fact[], shape: readonly number[], target: Target): Fact {
  const y = inPanels(plan, target.dataType, shape)
  const [images, channels, pixels] = imageOf(y)
  const to = Fact.at('uint8', [images, channels * pixels], y.panels as Slot)
  let offset = 0
  for (const each of all) {
    const run = each.dim(1) * pixels
    const from = Fact.at('uint8', [images, run], panelsOf(plan, each))
    const axes = [
      { size: images, from: run, to: channels * pixels },
      { size: run, from: 1, to: 1 },
    ]
    copyStep(plan, from, to, axes, { from: 0, to: offset })
    offset += run
  }
  return y
}

function rows(
  plan: Lowering,
  all: readonly Fact[],
  shape: readonly number[],
  axis: number,
  target: Target,
): Fact {
  const slot = Slot.arena(shape.reduce((product, size) => product * size, 1))
  const y = inRows(plan, target.dataType, shape, slot)
  const to = stridesOf(shape)
  let offset = 0
  for (const each of all) {
    const from = stridesOf(each.shape)
    const axes = each.shape.map((dim, at) => ({ size: dim, from: from[at] ?? 0, to: to[at] ?? 0 }))
    const bytes = Fact.at('uint8', each.shape, unsignedOf(plan, each))
    copyStep(plan, bytes, Fact.at('uint8', shape, slot), axes, { from: 0, to: offset })
    offset += each.dim(axis) * (to[axis] ?? 0)
  }
  return y
}
