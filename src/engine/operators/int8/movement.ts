/** Operators that move values about and leave them what they are: on bytes as on floats. */
import type { Node } from '../../../ir'
import type { Group } from '../../fusion/fusion'
import { Fact } from '../../plan/fact'
import { inRows, unsignedOf } from '../../plan/integers'
import type { Lowering } from '../../plan/lowering'
import { integersOf, targetOf } from '../../plan/scale'
import type { OperatorRule } from '../rule'
import { applyTable, rescaling } from './table'

/** A rule that moves bytes instead of floats where its input has bytes and its result is quantized again. */
export function movesIntegers(rule: OperatorRule): OperatorRule {
  return { ...rule, lowerGroup: (head, plan, group) => lowerMoved(rule, head, plan, group) }
}

function lowerMoved(rule: OperatorRule, node: Node, plan: Lowering, group: Group): number {
  const value = node.input(0)
  const float = value && plan.fact(value)
  const x = integersOf(float)
  const target = targetOf(plan, group.quantize)
  if (!value || !float || !x || !target || group.activation) return 0
  const bytes = Fact.at('uint8', x.fact.shape, unsignedOf(plan, x.fact))
  plan.define(value, bytes)
  try {
    rule.lower(node, plan)
  } finally {
    plan.define(value, float)
  }
  const output = node.output()
  if (!output) return 0
  const moved = plan.fact(output)
  const y = inRows(plan, target.dataType, moved.shape, plan.slotOf(moved))
  const table = rescaling(x, target)
  plan.define(group.nodes.at(-1)?.output(), table ? applyTable(plan, y, target.dataType, table) : y)
  return group.nodes.length
}
