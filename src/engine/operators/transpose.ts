import { stridesOf } from '../plan/broadcast'
import { gathered } from '../plan/copy'
import { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import type { Slot } from '../plan/slot'
import { movesIntegers } from './int8/movement'
import type { Rules } from './rule'

/** Axes in another order; nothing is copied before something asks for the elements in a row. */
function transposed(plan: Lowering, x: Fact, order: readonly number[]): Fact {
  const shape = order.map((axis) => x.dim(axis))
  const own = stridesOf(x.shape)
  const strides = order.map((axis) => own[axis] ?? 0)
  // Moving axes of size 1 about moves no element.
  const long = order.filter((axis) => x.dim(axis) !== 1)
  if (long.every((axis, index) => index === 0 || axis > (long[index - 1] ?? -1)))
    return plan.reshaped(x, shape)
  if (plan.isEvaluation || x.dataType !== 'float32') return gathered(plan, x, shape, strides)
  const y = new Fact(x.dataType, shape)
  const { nodes } = plan
  y.strided = { base: x, strides }
  y.make = { slot: () => plan.within(nodes, () => gathered(plan, x, shape, strides).slot as Slot) }
  return y
}

export const transpose: Rules = {
  Transpose: movesIntegers({
    lower(node, plan) {
      const x = plan.input(node, 0)
      const order = node.ints('perm', undefined) ?? [...x.shape.keys()].reverse()
      plan.define(node.output(), transposed(plan, x, order))
    },
  }),
}
