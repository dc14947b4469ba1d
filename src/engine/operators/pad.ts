import { type Node, Tensor } from '../../ir'
import { stridesOf } from '../plan/broadcast'
import { copyStep, filled, gathered } from '../plan/copy'
import { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
import { axesOf, axisOf } from './axis'
import type { Rules } from './rule'

interface Padding {
  readonly begin: readonly number[]
  readonly end: readonly number[]
}

function paddingOf(node: Node, plan: Lowering, rank: number): Padding {
  const pads = node.ints('pads', undefined) ?? plan.numbers(plan.input(node, 1))
  const axes = axesOf(node, 3, plan)?.map((axis) => axisOf(axis, rank)) ?? [...Array(rank).keys()]
  const spread = (from: number) => {
    const all = new Array<number>(rank).fill(0)
    for (const [index, axis] of axes.entries()) all[axis] = pads[from + index] ?? 0
    return all
  }
  return { begin: spread(0), end: spread(axes.length) }
}

/** Fills the result with the value, then copies what of the input lies inside. */
function padWithValue(node: Node, plan: Lowering, x: Fact, { begin, end }: Padding): Fact {
  const shape = x.shape.map((size, axis) => size + (begin[axis] ?? 0) + (end[axis] ?? 0))
  const zero = Fact.constant(Tensor.from(x.dataType, [], new Uint8Array(x.bytes / Math.max(x.size, 1))))
  const y = filled(plan, plan.optional(node, 2) ?? zero, shape)
  const [from, to] = [stridesOf(x.shape), stridesOf(shape)]
  const skipped = begin.map((pad) => Math.max(-pad, 0))
  const axes = x.shape.map((size, axis) => ({
    size: Math.max(size - (skipped[axis] ?? 0) - Math.max(-(end[axis] ?? 0), 0), 0),
    from: from[axis] ?? 0,
    to: to[axis] ?? 0,
  }))
  const sum = (starts: readonly number[], strides: readonly number[]) =>
    starts.reduce((total, start, axis) => total + start * (strides[axis] ?? 0), 0)
  copyStep(plan, x, y, axes, {
    from: sum(skipped, from),
    to: sum(
      begin.map((pad) => Math.max(pad, 0)),
      to,
    ),
  })
  return y
}

/** The input's index for each index of a padded axis. What negative pads take away is gone before the rest is repeated. */
function paddedIndices(mode: string, size: number, begin: number, end: number): number[] {
  const [skipped, left] = [Math.max(-begin, 0), size + Math.min(begin, 0) + Math.min(end, 0)]
  if (left <= 0) return decline('nothing to repeat')
  return repeatedIndices(mode, left, Math.max(begin, 0), Math.max(end, 0)).map((index) => index + skipped)
}

function repeatedIndices(mode: string, size: number, begin: number, end: number): number[] {
  const period = mode === 'reflect' ? 2 * (size - 1) : size
  return Array.from({ length: size + begin + end }, (_, index) => {
    const at = index - begin
    if (mode === 'edge') return Math.min(Math.max(at, 0), size - 1)
    const wrapped = period === 0 ? 0 : ((at % period) + period) % period
    return wrapped < size ? wrapped : period - wrapped
  })
}

/** Indices that follow one another evenly. */
interface Run {
  readonly first: number
  readonly step: number
  readonly length: number
}

function runsOf(indices: readonly number[]): Run[] {
  const runs: Run[] = []
  for (let from = 0; from < indices.length; ) {
    const first = indices[from] ?? 0
    const step = (indices[from + 1] ?? first) - first
    let length = 1
    while (indices[from + length] === first + step * length) length++
    runs.push({ first, step, length })
    from += length
  }
  return runs
}

/** One axis after the other, by copies of what follows one another evenly. */
function padByIndex(plan: Lowering, mode: string, x: Fact, { begin, end }: Padding): Fact {
  let y = x
  for (const axis of x.shape.keys()) {
    const [before, after] = [begin[axis] ?? 0, end[axis] ?? 0]
    if (before === 0 && after === 0) continue
    y = takenAlong(plan, y, axis, paddedIndices(mode, y.dim(axis), before, after))
  }
  return y === x ? gathered(plan, x, x.shape, stridesOf(x.shape)) : y
}

/** The slices of a value along an axis that these indices name. */
function takenAlong(plan: Lowering, x: Fact, axis: number, indices: readonly number[]): Fact {
  const shape = x.shape.with(axis, indices.length)
  const y = plan.create(x.dataType, shape)
  const [from, to] = [stridesOf(x.shape), stridesOf(shape)]
  let done = 0
  for (const { first, step, length } of runsOf(indices)) {
    const axes = shape.map((size, at) => ({
      size: at === axis ? length : size,
      from: (from[at] ?? 0) * (at === axis ? step : 1),
      to: to[at] ?? 0,
    }))
    copyStep(plan, x, y, axes, { from: first * (from[axis] ?? 0), to: done * (to[axis] ?? 0) })
    done += length
  }
  return y
}

export const pad: Rules = {
  Pad: {
    lower(node, plan) {
      const x = plan.input(node, 0)
      if (x.dataType === 'string') return decline('elements of type string')
      const padding = paddingOf(node, plan, x.rank)
      const mode = node.string('mode', 'constant')
      const y =
        mode === 'constant' ? padWithValue(node, plan, x, padding) : padByIndex(plan, mode, x, padding)
      plan.define(node.output(), y)
    },
  },
}
