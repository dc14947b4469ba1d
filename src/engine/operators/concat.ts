import { stridesOf } from '../plan/broadcast'
import { copyStep } from '../plan/copy'
import { decline } from '../plan/unplannable'
import { axisOf } from './axis'
import { lowerIntegers } from './int8/concat'
import type { Rules } from './rule'

export const concat: Rules = {
  Concat: {
    lowerGroup: lowerIntegers,
    lower(node, plan) {
      const all = node.inputs.map((_, index) => plan.input(node, index))
      const [first] = all
      if (!first) return decline('nothing to concatenate')
      const axis = axisOf(node.int('axis', 0), first.rank)
      const size = all.reduce((sum, each) => sum + each.dim(axis), 0)
      const shape = first.shape.map((dim, at) => (at === axis ? size : dim))
      const y = plan.create(first.dataType, shape)
      const to = stridesOf(shape)
      let offset = 0
      for (const each of all) {
        const from = stridesOf(each.shape)
        const axes = each.shape.map((dim, at) => ({ size: dim, from: from[at] ?? 0, to: to[at] ?? 0 }))
        copyStep(plan, each, y, axes, { from: 0, to: offset })
        offset += each.dim(axis) * (to[axis] ?? 0)
      }
      plan.define(node.output(), y)
    },
  },
}
