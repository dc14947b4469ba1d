import { type DataType, dataTypeCode, dataTypeFromCode, type Node } from '../../ir'
import type { Lowering } from '../plan/lowering'
import { Unplannable } from '../plan/unplannable'
import type { Rules } from './rule'

const TYPES: readonly DataType[] = ['float32', 'uint8', 'int8', 'int32', 'int64', 'bool', 'float64']

function castTo(to: DataType | undefined, node: Node, plan: Lowering): void {
  const x = plan.input(node, 0)
  if (!to || !TYPES.includes(to) || !TYPES.includes(x.dataType))
    throw new Unplannable(`a cast from ${x.dataType} to ${to}`)
  const y = to === x.dataType ? plan.reshaped(x, x.shape) : plan.create(to, x.shape)
  if (to !== x.dataType) plan.step('cast', [x], [y], [dataTypeCode(x.dataType), dataTypeCode(to), x.size])
  plan.define(node.output(), y)
}

export const cast: Rules = {
  Cast: { lower: (node, plan) => castTo(dataTypeFromCode(node.int('to', 0)), node, plan) },
  CastLike: { lower: (node, plan) => castTo(plan.input(node, 1).dataType, node, plan) },
}
