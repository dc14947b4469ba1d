import { byteLengthOf } from '../../ir'
import { broadcastParameters, broadcastShape } from '../plan/broadcast'
import { decline } from '../plan/unplannable'
import type { Rules } from './rule'

export const where: Rules = {
  Where: {
    lower(node, plan) {
      const [condition, yes, no] = [0, 1, 2].map((index) => plan.input(node, index)) as [never, never, never]
      const operands = [condition, yes, no] as ReturnType<typeof plan.input>[]
      const [, a, b] = operands
      const element = byteLengthOf(a?.dataType ?? 'string', 1)
      if (!a || a.dataType !== b?.dataType || ![1, 4, 8].includes(element))
        return decline(`elements of type ${a?.dataType}`)
      const shapes = operands.map((operand) => operand.shape)
      const shape = broadcastShape(shapes)
      const y = plan.create(a.dataType, shape)
      if (y.size > 0) plan.step('where', operands, [y], [element, ...broadcastParameters(shape, shapes)])
      plan.define(node.output(), y)
    },
  },
}
