/** The float value of constant integers, computed in JavaScript: (q − zeroPoint) · scale. */
import { Tensor } from '../../ir'
import type { Fact } from './fact'
import { decline } from './unplannable'

export function dequantizedConstant({ dequantized, shape }: Fact): Tensor {
  const q = dequantized?.from.constant
  if (!dequantized || !q || !/^u?int(8|16|32)$/.test(q.dataType))
    return decline(`integers of type ${q?.dataType}`)
  const scales = dequantized.by.scale.toNumbers()
  const zeros = dequantized.by.zeroPoint?.toNumbers() ?? [0]
  const elements = q.elements as ArrayLike<number>
  const inner =
    scales.length === 1
      ? elements.length
      : shape.slice(dequantized.by.axis + 1).reduce((all, size) => all * size, 1)
  const y = new Float32Array(elements.length)
  for (let start = 0, channel = 0; start < y.length; start += inner, channel++) {
    const scale = scales[channel % scales.length] ?? 1
    const zero = zeros[channel % zeros.length] ?? 0
    for (let i = start; i < start + inner; i++) y[i] = ((elements[i] ?? 0) - zero) * scale
  }
  return Tensor.from('float32', shape, y)
}
