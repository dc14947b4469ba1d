import type { Node } from '../../ir'
import { stridesOf } from '../plan/broadcast'
import { gathered } from '../plan/copy'
import { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import type { Slot } from '../plan/slot'
import { movesIntegers } from './int8/movement'
import type { Rules } from './rule'

/** Axes in another order; nothing is copied before something asks for the elements in a row. */
export function transposed(plan: Lowering, x: Fact, order: readonly number[]): Fact {
  const shape = order.map((axis) => x.dim(axis))
  const { base, strides: own } = x.strided && !x.slot ? x.strided : { base: x, strides: stridesOf(x.shape) }
  const strides = order.map((axis) => own[axis] ?? 0)
  if (base.size === x.size && isInARow(shape, strides)) return plan.reshaped(base, shape)
  if (plan.isEvaluation || x.dataType !== 'float32') return gathered(plan, base, shape, strides)
  const y = new Fact(x.dataType, shape)
  const { nodes } = plan
  y.strided = { base, strides }
  y.make = { slot: () => plan.within(nodes, () => gathered(plan, base, shape, strides).slot as Slot) }
  return y
}

/** Moving axes of size 1 about moves no element. */
function isInARow(shape: readonly number[], strides: readonly number[]): boolean {
  const rows = stridesOf(shape)
  return shape.every((size, axis) => size === 1 || strides[axis] === rows[axis])
}

/** Constants up to this size are moved at once: products gain nothing by reading them as they lie. */
const SMALL_BYTES = 1 << 16

/** A large matrix of constants: as a rule products read it, which pack it as it lies. */
function isLargeMatrix(node: Node, plan: Lowering): boolean {
  const { constant, rank, bytes } = plan.input(node, 0)
  return constant?.dataType === 'float32' && rank === 2 && bytes > SMALL_BYTES
}

export const transpose: Rules = {
  Transpose: movesIntegers({
    isLazy: isLargeMatrix,
    lower(node, plan) {
      const x = plan.input(node, 0)
      const order = node.ints('perm', undefined) ?? [...x.shape.keys()].reverse()
      const y = transposed(plan, x, order)
      if (y.strided && isLargeMatrix(node, plan))
        y.make = { ...y.make, constant: () => plan.computed(node)?.[0] }
      plan.define(node.output(), y)
    },
  }),
}
