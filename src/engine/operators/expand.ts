import { broadcastShape, broadcastStrides, stridesOf } from '../plan/broadcast'
import { gathered } from '../plan/copy'
import type { Rules } from './rule'

export const expand: Rules = {
  Expand: {
    lower(node, plan) {
      const x = plan.input(node, 0)
      const shape = broadcastShape([x.shape, plan.numbers(plan.input(node, 1))])
      const isSame = `${shape}` === `${x.shape}`
      plan.define(
        node.output(),
        isSame ? plan.reshaped(x, shape) : gathered(plan, x, shape, broadcastStrides(x.shape, shape)),
      )
    },
  },
  Tile: {
    lower(node, plan) {
      const x = plan.input(node, 0)
      const repeats = plan.numbers(plan.input(node, 1))
      // Each axis becomes two: which repetition, and where in it.
      const strides = stridesOf(x.shape)
      const shape = x.shape.flatMap((size, axis) => [repeats[axis] ?? 1, size])
      const y = gathered(
        plan,
        x,
        shape,
        x.shape.flatMap((_, axis) => [0, strides[axis] ?? 0]),
      )
      plan.define(
        node.output(),
        plan.reshaped(
          y,
          x.shape.map((size, axis) => size * (repeats[axis] ?? 1)),
        ),
      )
    },
  },
}
