/** Where the largest and smallest elements along an axis are, and sums up to each element. */
import { type DataType, dataTypeCode, type Node } from '../../ir'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
import { INTEGERS } from './arithmetic'
import { axisOf, sizeBetween } from './axis'
import type { OperatorRule, Rules } from './rule'

/** outer, n, inner */
function around({ shape, rank }: Fact, axis: number): [outer: number, n: number, inner: number] {
  return [sizeBetween(shape, 0, axis), shape[axis] ?? 1, sizeBetween(shape, axis + 1, rank)]
}

function indexOf(which: 'min' | 'max'): OperatorRule {
  return {
    lower(node, plan) {
      const x = plan.input(node, 0)
      if (x.dataType !== 'float32' && !INTEGERS.includes(x.dataType))
        decline(`elements of type ${x.dataType}`)
      const axis = axisOf(node.int('axis', 0), x.rank)
      const sizes = around(x, axis)
      if (sizes[1] === 0) decline('no elements')
      const keeps = node.int('keepdims', 1) !== 0
      const y = plan.create('int64', keeps ? x.shape.with(axis, 1) : x.shape.toSpliced(axis, 1))
      const last = node.int('select_last_index', 0) ? 1 : 0
      if (y.size > 0) plan.step(`extreme.${which}`, [x], [y], [dataTypeCode(x.dataType), ...sizes, last])
      plan.define(node.output(), y)
    },
  }
}

/** Sorted either way where it need not be. */
function topK(node: Node, plan: Lowering): void {
  const x = plan.floats(node, 0)
  const axis = axisOf(node.int('axis', -1), x.rank)
  const [k = -1] = plan.numbers(plan.input(node, 1))
  const sizes = around(x, axis)
  if (k < 0 || k > sizes[1]) decline(`${k} of ${sizes[1]} elements`)
  const shape = x.shape.with(axis, k)
  const [values, indices] = [plan.create('float32', shape), plan.create('int64', shape)]
  const isLargest = node.int('largest', 1) ? 1 : 0
  if (values.size > 0) plan.step('topK', [x], [values, indices], [...sizes, k, isLargest])
  plan.define(node.output(0), values)
  plan.define(node.output(1), indices)
}

const SUMMED: readonly DataType[] = ['float32', 'int32', 'int64']

function cumulativeSum(node: Node, plan: Lowering): void {
  const x = plan.input(node, 0)
  if (!SUMMED.includes(x.dataType)) decline(`elements of type ${x.dataType}`)
  const [axis = 0] = plan.numbers(plan.input(node, 1))
  const flags = ['exclusive', 'reverse'].map((name) => (node.int(name, 0) ? 1 : 0))
  const y = plan.create(x.dataType, x.shape)
  const parameters = [dataTypeCode(x.dataType), ...around(x, axisOf(axis, x.rank)), ...flags]
  if (y.size > 0) plan.step('cumulativeSum', [x], [y], parameters)
  plan.define(node.output(), y)
}

export const extremes: Rules = {
  ArgMin: indexOf('min'),
  ArgMax: indexOf('max'),
  TopK: { lower: topK },
  CumSum: { lower: cumulativeSum },
}
