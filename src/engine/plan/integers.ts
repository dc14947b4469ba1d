/** Where 8-bit values lie for the integer kernels: unsigned, in rows or in panels of four channels. */
import { type DataType, Tensor } from '../../ir'
import { Fact } from './fact'
import type { Lowering } from './lowering'
import { flipOf } from './scale'
import { Slot } from './slot'

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
