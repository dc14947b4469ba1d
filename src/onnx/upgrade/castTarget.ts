import { type DataType, dataTypeFromCode, isDataType } from '../../ir/dataType'
import type { Node } from '../../ir/node'

/** The element type that Cast's `to` names: a number since opset 6, a word before. */
export function castTarget(node: Node): DataType | undefined {
  const to = node.attributes.get('to')
  if (to?.type === 'int') return dataTypeFromCode(Number(to.value))
  const word = to?.type === 'string' ? String(to.value).toLowerCase() : ''
  const renamed = { float: 'float32', double: 'float64' }[word] ?? word
  return isDataType(renamed) ? renamed : undefined
}
