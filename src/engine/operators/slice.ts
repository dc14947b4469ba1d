import type { Node } from '../../ir'
import { stridesOf } from '../plan/broadcast'
import { gathered } from '../plan/copy'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
import { axesOf, axisOf, sizeBetween } from './axis'
import { movesIntegers } from './int8/movement'
import type { Rules } from './rule'

interface Range {
  readonly start: number
  readonly step: number
  readonly size: number
}

/** Which indices of an axis a slice takes, by ONNX's (and numpy's) clamping. */
function rangeOf(size: number, start: number, end: number, step: number): Range {
  if (step === 0) return decline('a step of 0')
  const at = (index: number, least: number, most: number) =>
    Math.min(Math.max(index < 0 ? index + size : index, least), most)
  const [first, last] =
    step > 0 ? [at(start, 0, size), at(end, 0, size)] : [at(start, -1, size - 1), at(end, -1, size - 1)]
  return { start: first, step, size: Math.max(Math.ceil((last - first) / step), 0) }
}

/** Some indices of each axis: a view where they lie together, else a copy. */
function sliced(plan: Lowering, x: Fact, ranges: readonly Range[]): Fact {
  const strides = stridesOf(x.shape)
  const shape = ranges.map(({ size }) => size)
  const offset = ranges.reduce((sum, { start }, axis) => sum + start * (strides[axis] ?? 0), 0)
  if (sizeBetween(shape, 0, shape.length) === 0) return plan.create(x.dataType, shape)
  if (!x.constant && liesTogether(x.shape, ranges)) return plan.part(x, offset, shape)
  return gathered(
    plan,
    x,
    shape,
    ranges.map(({ step }, axis) => step * (strides[axis] ?? 0)),
    offset,
  )
}

/** Whether axes in front of the only cut one have a single index. */
function liesTogether(shape: readonly number[], ranges: readonly Range[]): boolean {
  const cut = ranges.findLastIndex(({ size }, axis) => size !== shape[axis])
  return ranges.every(({ size, step }, axis) => (axis < cut ? size === 1 : size === 1 || step === 1))
}

function slice(node: Node, plan: Lowering): void {
  const x = plan.input(node, 0)
  const starts = node.ints('starts', undefined) ?? plan.numbers(plan.input(node, 1))
  const ends = node.ints('ends', undefined) ?? plan.numbers(plan.input(node, 2))
  const axes = axesOf(node, 3, plan)?.map((axis) => axisOf(axis, x.rank)) ?? [...starts.keys()]
  const given = plan.optional(node, 4)
  const steps = given && plan.numbers(given)
  const ranges = x.shape.map((size, axis) => {
    const index = axes.indexOf(axis)
    if (index < 0) return { start: 0, step: 1, size }
    return rangeOf(size, starts[index] ?? 0, ends[index] ?? size, steps?.[index] ?? 1)
  })
  plan.define(node.output(), sliced(plan, x, ranges))
}

function split(node: Node, plan: Lowering): void {
  const x = plan.input(node, 0)
  const axis = axisOf(node.int('axis', 0), x.rank)
  const given = plan.optional(node, 1)
  const each = Math.ceil(x.dim(axis) / node.outputs.length)
  const sizes = node.ints('split', undefined) ?? (given ? plan.numbers(given) : undefined)
  let start = 0
  for (const [index, output] of node.outputs.entries()) {
    const size = sizes?.[index] ?? Math.min(each, x.dim(axis) - start)
    const ranges = x.shape.map((whole, at) => ({
      start: at === axis ? start : 0,
      step: 1,
      size: at === axis ? size : whole,
    }))
    plan.define(output, sliced(plan, x, ranges))
    start += size
  }
}

export const slices: Rules = { Slice: movesIntegers({ lower: slice }), Split: { lower: split } }
