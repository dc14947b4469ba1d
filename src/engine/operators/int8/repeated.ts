/** Activations of which some inputs stand once more behind all others, as those of weights wider than a byte. */
import { Tensor } from '../../../ir'
import { copyStep } from '../../plan/copy'
import { Fact } from '../../plan/fact'
import { imageOf, liesInPanels, panelsOf, unsignedOf } from '../../plan/integers'
import type { Lowering } from '../../plan/lowering'
import { Slot } from '../../plan/slot'

/** With more of them values that lie in panels are packed anew. */
const FEW = 8

/** Where a value lies in panels of four channels, with some channels again behind the last. */
export function repeatedPanels(plan: Lowering, value: Fact, repeated: readonly number[]): Slot {
  if (repeated.length === 0) return panelsOf(plan, value)
  if (liesInPanels(value) && repeated.length <= FEW) return withLanes(plan, value, repeated)
  const [images, channels, pixels] = imageOf(value)
  const order = [...Array(channels).keys(), ...repeated]
  const rows = gathered(plan, unsignedOf(plan, value), [images, channels, pixels], order)
  const panels = Slot.arena(images * Math.ceil(order.length / 4) * pixels * 4)
  plan.step('c4.pack', [rows], [panels], [images, order.length, pixels, 0])
  return panels
}

/** Copies the panels as they are, and then bytes of single channels. */
function withLanes(plan: Lowering, value: Fact, repeated: readonly number[]): Slot {
  const [images, channels, pixels] = imageOf(value)
  const bytesOf = (count: number) => Math.ceil(count / 4) * pixels * 4
  const [own, all] = [bytesOf(channels), bytesOf(channels + repeated.length)]
  const from = Fact.at('uint8', [images, own], panelsOf(plan, value))
  const to = Fact.at('uint8', [images, all], Slot.arena(images * all))
  const image = { size: images, from: own, to: all }
  copyStep(plan, from, to, [image, { size: own, from: 1, to: 1 }])
  for (const [index, channel] of repeated.entries()) {
    const at = (position: number) => Math.floor(position / 4) * pixels * 4 + (position % 4)
    const offsets = { from: at(channel), to: at(channels + index) }
    copyStep(plan, from, to, [image, { size: pixels, from: 4, to: 4 }], offsets)
  }
  return plan.slotOf(to)
}

/** Where a value lies in unsigned rows, with some columns again behind the last. */
export function repeatedRows(plan: Lowering, value: Fact, repeated: readonly number[]): Slot {
  const slot = unsignedOf(plan, value)
  if (repeated.length === 0) return slot
  const own = value.dim(-1)
  const [rows, all] = [value.size / own, own + repeated.length]
  const to = Fact.at('uint8', [rows, all], Slot.arena(rows * all))
  const copy = (from: Slot, columns: number, offset: number) => {
    const row = { size: rows, from: columns, to: all }
    const columnsOf = Fact.at('uint8', [rows, columns], from)
    copyStep(plan, columnsOf, to, [row, { size: columns, from: 1, to: 1 }], { from: 0, to: offset })
  }
  copy(slot, own, 0)
  copy(gathered(plan, slot, [rows, own, 1], repeated), repeated.length, own)
  return plan.slotOf(to)
}

/** Bytes [outer, axis, inner], these positions of the axis. */
function gathered(
  plan: Lowering,
  from: Slot,
  [outer, axis, inner]: readonly [number, number, number],
  positions: readonly number[],
): Slot {
  const to = Slot.arena(outer * positions.length * inner)
  const indices = Fact.constant(Tensor.from('int32', [positions.length], Int32Array.from(positions)))
  plan.step('gather', [from, indices], [to], [inner, outer, axis, positions.length, 0])
  return to
}
