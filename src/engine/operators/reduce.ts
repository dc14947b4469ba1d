import { dataTypeCode, type Node } from '../../ir'
import { stridesOf } from '../plan/broadcast'
import { gathered } from '../plan/copy'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
import { INTEGERS } from './arithmetic'
import { axesOf, axisOf, sizeBetween } from './axis'
import type { OperatorRule, Rules } from './rule'

/** A value with the axes that go at its end, and their product. */
function reducedLast(
  plan: Lowering,
  x: Fact,
  axes: readonly number[],
): { fact: Fact; inner: number; n: number; outer: number } {
  const [first = 0] = axes
  const n = axes.reduce((product, axis) => product * x.dim(axis), 1)
  const isRun = axes.every((axis, index) => axis === first + index)
  if (isRun) {
    const last = first + axes.length
    return { fact: x, outer: sizeBetween(x.shape, 0, first), n, inner: sizeBetween(x.shape, last, x.rank) }
  }
  const kept = [...x.shape.keys()].filter((axis) => !axes.includes(axis))
  const order = [...kept, ...axes]
  const strides = stridesOf(x.shape)
  const fact = gathered(
    plan,
    x,
    order.map((axis) => x.dim(axis)),
    order.map((axis) => strides[axis] ?? 0),
  )
  return { fact, outer: x.size / Math.max(n, 1), n, inner: 1 }
}

/** Whether elements are whole numbers of which there is such a reduction. */
function isWhole(kind: string, { dataType }: Fact): boolean {
  return INTEGERS.includes(dataType) && ['sum', 'max', 'min', 'prod'].includes(kind)
}

function reduce(kind: string): OperatorRule {
  return {
    lower(node: Node, plan) {
      const x = isWhole(kind, plan.input(node, 0)) ? plan.input(node, 0) : plan.floats(node, 0)
      const given = axesOf(node, 1, plan)?.map((axis) => axisOf(axis, x.rank))
      const isNone = given === undefined || given.length === 0
      if (isNone && node.int('noop_with_empty_axes', 0)) return decline('no axes')
      const axes = isNone ? [...x.shape.keys()] : [...new Set(given)].sort((a, b) => a - b)
      const keeps = node.int('keepdims', 1) !== 0
      const shape = x.shape.flatMap((size, axis) => (!axes.includes(axis) ? [size] : keeps ? [1] : []))
      const { fact, outer, n, inner } = reducedLast(plan, x, axes)
      if (n === 0) return decline('no elements to reduce')
      const y = plan.create(x.dataType, shape)
      const isFloat = x.dataType === 'float32'
      const sizes = [...(isFloat ? [] : [dataTypeCode(x.dataType)]), outer, n, inner]
      if (y.size > 0) plan.step(`${isFloat ? 'reduce' : 'wholeReduce'}.${kind}`, [fact], [y], sizes)
      plan.define(node.output(), y)
    },
  }
}

export const reductions: Rules = {
  ReduceSum: reduce('sum'),
  ReduceMean: reduce('mean'),
  ReduceMax: reduce('max'),
  ReduceMin: reduce('min'),
  ReduceProd: reduce('prod'),
  ReduceSumSquare: reduce('sumSquare'),
  ReduceL1: reduce('l1'),
  ReduceL2: reduce('l2'),
}
