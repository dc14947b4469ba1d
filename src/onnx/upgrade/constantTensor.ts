import type { Node } from '../../ir/node'
import { Tensor } from '../../ir/tensor'

/** What a Constant node makes, where it is a tensor of numbers. */
export function constantTensor(node: Node): Tensor | undefined {
  const floats = node.floats('value_floats', undefined)
  if (floats) return Tensor.float32(floats, [floats.length])
  const ints = node.attributeOf('value_ints', 'ints')
  if (ints) return Tensor.from('int64', [ints.length], BigInt64Array.from(ints))
  const float = node.float('value_float', undefined)
  if (float !== undefined) return Tensor.float32([float])
  const int = node.attributeOf('value_int', 'int')
  return int === undefined ? node.tensor('value') : Tensor.from('int64', [], BigInt64Array.of(int))
}
