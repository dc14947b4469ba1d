/** Functions of one 8-bit value whose result is quantized again: a table of 256 entries. */
import { type Node, Tensor, type Value } from '../../../ir'
import type { Group } from '../../fusion/fusion'
import { evaluate } from '../../plan/evaluate'
import { Fact } from '../../plan/fact'
import { flipped, liesInPanels, panelsOf, tableOf, unpacked, unsignedOf } from '../../plan/integers'
import type { Lowering } from '../../plan/lowering'
import {
  type Integers,
  integersOf,
  quantizedNumber,
  type Scale,
  type Target,
  targetOf,
} from '../../plan/scale'
import { Slot } from '../../plan/slot'

/** The value whose bytes a table maps to those of `fact`. */
export function derivation(fact: Fact): { base: Fact; table: Uint8Array } {
  return fact.derived ?? { base: fact, table: IDENTITY }
}

const IDENTITY = Uint8Array.from({ length: 256 }, (_, byte) => byte)

/** A value whose bytes are the entries of a table at those of another one; looked up when something asks for it. */
export function applyTable(
  plan: Lowering,
  fact: Fact,
  dataType: Target['dataType'],
  table: Uint8Array,
): Fact {
  const before = derivation(fact)
  const derived = { base: before.base, table: before.table.map((byte) => table[byte] ?? 0) }
  const { nodes } = plan
  const y = new Fact(dataType, fact.shape)
  y.derived = derived
  const lookUp = (from: Slot, note: string) =>
    plan.within(nodes, () => {
      const to = Slot.arena(from.bytes)
      plan.step('table', [from, tableOf(derived.table)], [to], [from.bytes], note)
      return to
    })
  const { base } = derived
  const panels = () => lookUp(panelsOf(plan, base), 'C4')
  const rows = () =>
    liesInPanels(base) && !base.unsigned ? unpacked(plan, y) : lookUp(unsignedOf(plan, base), '')
  y.make = { panels, unsigned: rows, slot: () => flipped(plan, unsignedOf(plan, y), y) }
  return y
}

/** What each byte is under another scale; undefined where nothing changes. */
export function rescaling(from: Scale, to: Scale): Uint8Array | undefined {
  if (from.scale === to.scale && from.zeroPoint === to.zeroPoint) return undefined
  return Uint8Array.from({ length: 256 }, (_, byte) =>
    quantizedNumber(Math.fround((byte - from.zeroPoint) * from.scale), to),
  )
}

/** Lowers a function of one value, whose other operands are constant numbers, and its quantization as a table. */
export function lowerIntegers(node: Node, plan: Lowering, group: Group): number {
  const operand = operandOf(plan, node)
  const x = operand && integersOf(plan.fact(operand))
  const target = targetOf(plan, group.quantize)
  if (!x || !target || x.fact.size === 0) return 0
  let [of, values]: [Value | undefined, Tensor | undefined] = [operand, numbersOf(x)]
  for (const each of group.nodes.slice(0, -1)) {
    values = of && values && valueAfter(plan, each, of, values, x.fact.rank)
    of = each.output()
  }
  if (!values) return 0
  const table = Uint8Array.from(values.toNumbers(), (number) => quantizedNumber(number, target))
  plan.define(group.nodes.at(-1)?.output(), applyTable(plan, x.fact, target.dataType, table))
  return group.nodes.length
}

/** What each of 256 bytes means. */
function numbersOf({ scale, zeroPoint }: Integers): Tensor {
  return Tensor.float32(
    Array.from({ length: 256 }, (_, byte) => (byte - zeroPoint) * scale),
    [256],
  )
}

/** The first input that is not constant. */
function operandOf(plan: Lowering, node: Node): Value | undefined {
  return node.inputs.find((value) => value && !plan.knownTensor(plan.fact(value)))
}

/** What a node makes of these elements of its operand, where its others are numbers that leave the shape as it is. */
function valueAfter(plan: Lowering, node: Node, operand: Value, x: Tensor, rank: number): Tensor | undefined {
  const isNumber = (value: Value) => {
    const fact = plan.factOf(value)
    return fact && plan.knownTensor(fact) && fact.size === 1 && fact.rank <= rank
  }
  if (node.inputs.some((value) => value && value !== operand && !isNumber(value))) return undefined
  const inputs = node.inputs.map((value) =>
    value === operand ? Fact.constant(x) : value && plan.fact(value),
  )
  return evaluate(node, inputs, 2 ** 16)?.[0]
}
