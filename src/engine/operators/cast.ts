import { type DataType, dataTypeCode, dataTypeFromCode, type Node } from '../../ir'
import type { Lowering } from '../plan/lowering'
import { Unplannable } from '../plan/unplannable'
import type { Rules } from './rule'

const TYPES: readonly DataType[] = ['float32', 'uint8', 'int8', 'int32', 'int64', 'bool', 'float64']

/** Halves come in and go out, and nothing computes with them. */
const areHalvesAndFloats = (a: DataType, b: DataType) =>
  (a === 'float16' && b === 'float32') || (a === 'float32' && b === 'float16')

const isKnown = (from: DataType, to: DataType) =>
  from === to || (TYPES.includes(from) && TYPES.includes(to)) || areHalvesAndFloats(from, to)

function castTo(to: DataType | undefined, node: Node, plan: Lowering): void {
  const x = plan.input(node, 0)
  if (!to || !isKnown(x.dataType, to)) throw new Unplannable(`a cast from ${x.dataType} to ${to}`)
  const y = to === x.dataType ? plan.reshaped(x, x.shape) : plan.create(to, x.shape)
  if (to !== x.dataType) plan.step('cast', [x], [y], [dataTypeCode(x.dataType), dataTypeCode(to), x.size])
  plan.define(node.output(), y)
}

export const cast: Rules = {
  Cast: { lower: (node, plan) => castTo(dataTypeFromCode(node.int('to', 0)), node, plan) },
  CastLike: { lower: (node, plan) => castTo(plan.input(node, 1).dataType, node, plan) },
}
