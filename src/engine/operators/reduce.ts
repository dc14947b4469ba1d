import type { Node } from '../../ir'
import { stridesOf } from '../plan/broadcast'
import { gathered } from '../plan/copy'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
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

function reduce(kind: string): OperatorRule {
  return {
    lower(node: Node, plan) {
      const x = plan.floats(node, 0)
      const given = axesOf(node, 1, plan)?.map((axis) => axisOf(axis, x.rank))
      const isNone = given === undefined || given.length === 0
      if (isNone && node.int('noop_with_empty_axes', 0)) return decline('no axes')
      const axes = isNone ? [...x.shape.keys()] : [...new Set(given)].sort((a, b) => a - b)
      const keeps = node.int('keepdims', 1) !== 0
      const shape = x.shape.flatMap((size, axis) => (!axes.includes(axis) ? [size] : keeps ? [1] : []))
      const { fact, outer, n, inner } = reducedLast(plan, x, axes)
      if (n === 0) return decline('no elements to reduce')
      const y = plan.create('float32', shape)
      if (y.size > 0) plan.step(`reduce.${kind}`, [fact], [y], [outer, n, inner])
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
