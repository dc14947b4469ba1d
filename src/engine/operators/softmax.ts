import { axisOf, sizeBetween } from './axis'
import type { OperatorRule, Rules } from './rule'

function along(variant: string): OperatorRule {
  return {
    lower(node, plan) {
      const x = plan.floats(node, 0)
      const axis = axisOf(node.int('axis', -1), x.rank)
      const sizes = [sizeBetween(x.shape, 0, axis), x.dim(axis), sizeBetween(x.shape, axis + 1, x.rank)]
      const y = plan.create('float32', x.shape)
      if (y.size > 0) plan.step(`softmax.${variant}`, [x], [y], sizes)
      plan.define(node.output(), y)
    },
  }
}

export const softmax: Rules = { Softmax: along('linear'), LogSoftmax: along('logarithmic') }
