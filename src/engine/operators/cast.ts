import { type DataType, dataTypeCode, dataTypeFromCode } from '../../ir'
import { decline } from '../plan/unplannable'
import type { Rules } from './rule'

const TYPES: readonly DataType[] = ['float32', 'uint8', 'int8', 'int32', 'int64', 'bool', 'float64']

export const cast: Rules = {
  Cast: {
    lower(node, plan) {
      const x = plan.input(node, 0)
      const to = dataTypeFromCode(node.int('to', 0))
      if (!to || !TYPES.includes(to) || !TYPES.includes(x.dataType))
        return decline(`a cast from ${x.dataType} to ${to}`)
      if (to === x.dataType) return plan.define(node.output(), plan.reshaped(x, x.shape))
      const y = plan.create(to, x.shape)
      plan.step('cast', [x], [y], [dataTypeCode(x.dataType), dataTypeCode(to), x.size])
      plan.define(node.output(), y)
    },
  },
}
