/** Arithmetic on two or more elements, broadcast. */
import { type DataType, dataTypeCode, type Node } from '../../ir'
import type { Group } from '../fusion/fusion'
import { broadcastParameters, broadcastShape } from '../plan/broadcast'
import type { Fact } from '../plan/fact'
import { withLongRows } from '../plan/longRows'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
import { activations, applyUnary, clipOf } from './activation'
import { lowerIntegers } from './int8/arithmetic'
import { lowerIntegers as lowerTable } from './int8/table'
import type { OperatorRule, Rules } from './rule'
import { lowerMaskedSoftmax } from './softmax'

/** Whole numbers that kernels know. */
export const INTEGERS: readonly DataType[] = ['int64', 'int32', 'uint8', 'int8']

/** Adds a step for a function of cpp/elementwise, or of whole numbers. */
export function applyBinary(plan: Lowering, name: string, left: Fact, right: Fact): Fact {
  const shape = broadcastShape([left.shape, right.shape])
  const y = plan.create(left.dataType, shape)
  if (left.dataType !== right.dataType) decline('operands of different types')
  if (y.size === 0) return y
  if (left.dataType === 'float32') {
    const operands = [withLongRows(left, shape, right.shape), withLongRows(right, shape, left.shape)]
    const shapes = operands.map((operand) => operand.shape)
    plan.step(`binary.${name}`, operands, [y], broadcastParameters(shape, shapes))
    return y
  }
  const parameters = broadcastParameters(shape, [left.shape, right.shape])
  if (INTEGERS.includes(left.dataType) && name !== 'pow' && name !== 'prelu')
    plan.step(`compare.${name}`, [left, right], [y], [dataTypeCode(left.dataType), ...parameters])
  else decline(`elements of type ${left.dataType}`)
  return y
}

function binary(name: string): OperatorRule {
  return {
    lowerGroup: lowerTable,
    lower(node, plan) {
      plan.define(node.output(), applyBinary(plan, name, plan.input(node, 0), plan.input(node, 1)))
    },
  }
}

/** Operators of any number of operands: one after the other. */
function variadic(name: string, after?: (plan: Lowering, y: Fact, count: number) => Fact): OperatorRule {
  return {
    lowerGroup: lowerTable,
    lower(node, plan) {
      const [first, ...others] = node.inputs.map((_, index) => plan.input(node, index))
      if (!first) return decline('no operands')
      const y = others.reduce((sum, each) => applyBinary(plan, name, sum, each), first)
      plan.define(node.output(), after ? after(plan, y, others.length + 1) : y)
    },
  }
}

function together(node: Node, plan: Lowering, group: Group): number {
  if (group.softmax) return lowerMaskedSoftmax(plan, group)
  return lowerIntegers(node, plan, group) || lowerTable(node, plan, group)
}

/** a · x + b in one step, where the constants do not raise the rank. */
function lowerAffine(node: Node, plan: Lowering, group: Group): number {
  const last = group.nodes[1] as Node
  const scalarOf = (of: Node) => of.inputs.find((value) => value?.constant?.size === 1)
  const x = node.inputs.find((value) => value !== scalarOf(node))
  const [factor, summand] = [scalarOf(node)?.constant, scalarOf(last)?.constant]
  const fact = x && plan.fact(x)
  const rank = Math.max(factor?.shape.length ?? 0, summand?.shape.length ?? 0)
  if (!fact || !factor || !summand || fact.dataType !== 'float32' || fact.constant || rank > fact.rank)
    return 0
  const [a = 1] = factor.toNumbers()
  const [b = 0] = summand.toNumbers()
  plan.define(last.output(), applyUnary(plan, fact, { name: 'affine', a, b }))
  return 2
}

const pow: OperatorRule = {
  lowerGroup: lowerTable,
  lower(node, plan) {
    const x = plan.floats(node, 0)
    const exponent = plan.input(node, 1)
    const known =
      exponent.constant?.size === 1 && x.rank >= exponent.rank ? exponent.constant.toNumbers()[0] : 0
    if (known === 2) return plan.define(node.output(), applyBinary(plan, 'mul', x, x))
    if (known === 0.5) return plan.define(node.output(), applyUnary(plan, x, { name: 'sqrt', a: 0, b: 0 }))
    plan.define(node.output(), applyBinary(plan, 'pow', x, exponent))
  },
}

/** Whole numbers too, which shapes are computed with. */
const neg: OperatorRule = {
  lowerGroup: lowerTable,
  lower(node, plan) {
    const x = plan.input(node, 0)
    const y =
      x.dataType === 'int64'
        ? applyBinary(plan, 'sub', plan.scalar('int64', 0), x)
        : applyUnary(plan, plan.floats(node, 0), { name: 'neg', a: 0, b: 0 })
    plan.define(node.output(), y)
  },
}

/** The rest of a division: of whole numbers with the sign of either side, of floats with the dividend's. */
const modulo: OperatorRule = {
  lower(node, plan) {
    const [left, right] = [plan.input(node, 0), plan.input(node, 1)]
    if (!INTEGERS.includes(left.dataType)) decline(`elements of type ${left.dataType}`)
    plan.define(node.output(), applyBinary(plan, node.int('fmod', 0) ? 'fmod' : 'mod', left, right))
  },
}

/** Between bounds that are constants a function of one element, else two of two. */
const clip: OperatorRule = {
  lowerGroup: lowerTable,
  lower(node, plan) {
    if (clipOf(node) && plan.input(node, 0).dataType === 'float32') return activations.Clip?.lower(node, plan)
    const [low, high] = [plan.optional(node, 1), plan.optional(node, 2)]
    const raised = low ? applyBinary(plan, 'max', plan.input(node, 0), low) : plan.input(node, 0)
    const y = high ? applyBinary(plan, 'min', raised, high) : raised
    plan.define(node.output(), plan.reshaped(y, y.shape))
  },
}

export const arithmetic: Rules = {
  Neg: neg,
  Clip: clip,
  Add: { ...binary('add'), lowerGroup: together },
  Sub: binary('sub'),
  Mul: {
    ...binary('mul'),
    lowerGroup: (node, plan, group) =>
      group.isAffine
        ? lowerTable(node, plan, group) || lowerAffine(node, plan, group)
        : together(node, plan, group),
  },
  Div: {
    ...binary('div'),
    lowerGroup: (node, plan, group) =>
      group.softmax ? lowerMaskedSoftmax(plan, group) : lowerTable(node, plan, group),
  },
  PRelu: binary('prelu'),
  Pow: pow,
  Mod: modulo,
  Max: variadic('max'),
  Min: variadic('min'),
  Sum: variadic('add'),
  Mean: variadic('add', (plan, y, count) => applyBinary(plan, 'div', y, plan.scalar('float32', count))),
}
