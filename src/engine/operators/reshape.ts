/** Operators that only name shapes: their results are views, and shapes themselves are known when a plan is made. */
import { type Node, Tensor } from '../../ir'
import { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
import { axesOf, axisOf, sizeBetween } from './axis'
import { movesIntegers } from './int8/movement'
import type { OperatorRule, Rules } from './rule'

/** An operator whose result is its first input under another shape. */
function renamed(shapeOf: (node: Node, plan: Lowering, x: Fact) => readonly number[]): OperatorRule {
  return {
    lower(node, plan) {
      const x = plan.input(node, 0)
      if (node.output(1) && !node.output(1)?.isUnused) return decline('its second result is asked for')
      const shape = shapeOf(node, plan, x)
      if (sizeBetween(shape, 0, shape.length) !== x.size) return decline('a shape of another size')
      plan.define(node.output(), plan.reshaped(x, shape))
    },
  }
}

function reshapeTarget(node: Node, plan: Lowering, x: Fact): readonly number[] {
  const wanted = plan.numbers(plan.input(node, 1))
  const keepsZero = node.int('allowzero', 0) !== 0
  const sizes = wanted.map((size, axis) => (size === 0 && !keepsZero ? x.dim(axis) : size))
  const known = sizes.reduce((product, size) => (size === -1 ? product : product * size), 1)
  return sizes.map((size) => (size === -1 ? (known === 0 ? 0 : x.size / known) : size))
}

function flattened(node: Node, _plan: Lowering, x: Fact): readonly number[] {
  const at = node.int('axis', 1)
  const axis = at < 0 ? at + x.rank : at
  return [sizeBetween(x.shape, 0, axis), sizeBetween(x.shape, axis, x.rank)]
}

function squeezed(node: Node, plan: Lowering, x: Fact): readonly number[] {
  const axes = axesOf(node, 1, plan)?.map((axis) => axisOf(axis, x.rank))
  return x.shape.filter((size, axis) => (axes ? !axes.includes(axis) : size !== 1))
}

function unsqueezed(node: Node, plan: Lowering, x: Fact): readonly number[] {
  const axes = axesOf(node, 1, plan) ?? decline('no axes')
  const rank = x.rank + axes.length
  const added = new Set(axes.map((axis) => axisOf(axis, rank)))
  const sizes = [...x.shape]
  return Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (sizes.shift() ?? 1)))
}

const sameShape = (_node: Node, _plan: Lowering, x: Fact) => x.shape

/** Dropout does nothing unless it is told to train. */
function undropped(node: Node, plan: Lowering, x: Fact): readonly number[] {
  const mode = plan.optional(node, 2)
  if (mode && plan.numbers(mode)[0]) return decline('training mode')
  return x.shape
}

/** A rule whose result follows from the shape of its input. */
function ofShape(resultOf: (node: Node, shape: readonly number[]) => Tensor): OperatorRule {
  return {
    isLazy: () => true,
    lower(node, plan) {
      plan.define(node.output(), Fact.constant(resultOf(node, plan.input(node, 0).shape)))
    },
  }
}

export const reshapes: Rules = {
  Reshape: movesIntegers(renamed(reshapeTarget)),
  Flatten: movesIntegers(renamed(flattened)),
  Squeeze: movesIntegers(renamed(squeezed)),
  Unsqueeze: movesIntegers(renamed(unsqueezed)),
  Identity: movesIntegers(renamed(sameShape)),
  Dropout: renamed(undropped),
  Shape: ofShape((node, shape) =>
    Tensor.int64(shape.slice(node.int('start', 0), node.int('end', shape.length))),
  ),
  Size: ofShape((_, shape) => Tensor.int64([sizeBetween(shape, 0, shape.length)], [])),
}
