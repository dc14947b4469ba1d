/** Comparisons and logic, broadcast: they give booleans. */
import { type DataType, dataTypeCode, type Node } from '../../ir'
import { broadcastParameters, broadcastShape } from '../plan/broadcast'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
import { INTEGERS } from './arithmetic'
import type { OperatorRule, Rules } from './rule'

function predicate(name: string): OperatorRule {
  return {
    lower(node, plan) {
      plan.define(node.output(), compared(plan, name, plan.input(node, 0), plan.input(node, 1)))
    },
  }
}

function compared(plan: Lowering, name: string, left: Fact, right: Fact): Fact {
  const types: readonly DataType[] = ['float32', 'bool', ...INTEGERS]
  if (left.dataType !== right.dataType || !types.includes(left.dataType))
    decline(`elements of type ${left.dataType}`)
  const shape = broadcastShape([left.shape, right.shape])
  const y = plan.create('bool', shape)
  const parameters = broadcastParameters(shape, [left.shape, right.shape])
  if (y.size > 0)
    plan.step(`compare.${name}`, [left, right], [y], [dataTypeCode(left.dataType), ...parameters])
  return y
}

const not: OperatorRule = {
  lower(node: Node, plan) {
    plan.define(node.output(), compared(plan, 'equal', plan.input(node, 0), plan.scalar('bool', 0)))
  },
}

export const comparison: Rules = {
  Equal: predicate('equal'),
  Less: predicate('less'),
  LessOrEqual: predicate('lessOrEqual'),
  Greater: predicate('greater'),
  GreaterOrEqual: predicate('greaterOrEqual'),
  And: predicate('and'),
  Or: predicate('or'),
  Xor: predicate('xor'),
  Not: not,
}
