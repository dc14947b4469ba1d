import { byteLengthOf } from '../../ir'
import { decline } from '../plan/unplannable'
import { axisOf, sizeBetween } from './axis'
import type { Rules } from './rule'

export const gather: Rules = {
  Gather: {
    lower(node, plan) {
      const x = plan.input(node, 0)
      const indices = plan.input(node, 1)
      if (indices.dataType !== 'int64' && indices.dataType !== 'int32')
        return decline(`indices of type ${indices.dataType}`)
      if (x.dataType === 'string') return decline('elements of type string')
      const axis = axisOf(node.int('axis', 0), x.rank)
      const inner = sizeBetween(x.shape, axis + 1, x.rank)
      const y = plan.create(x.dataType, [
        ...x.shape.slice(0, axis),
        ...indices.shape,
        ...x.shape.slice(axis + 1),
      ])
      const sizes = [
        inner * byteLengthOf(x.dataType, 1),
        sizeBetween(x.shape, 0, axis),
        x.dim(axis),
        indices.size,
      ]
      if (y.size > 0) plan.step('gather', [x, indices], [y], [...sizes, indices.dataType === 'int64' ? 1 : 0])
      plan.define(node.output(), y)
    },
  },
}
