/** The float value of constant integers, computed in JavaScript: (q − zeroPoint) · scale. */
import { Tensor } from '../../ir'
import type { Fact, Quantization } from './fact'
import { foldedOnce } from './folded'
import { decline } from './unplannable'

export function dequantizedConstant({ dequantized, shape }: Fact): Tensor {
  const q = dequantized?.from.constant
  if (!dequantized || !q || !/^u?int(4|8|16|32)$/.test(q.dataType))
    return decline(`integers of type ${q?.dataType}`)
  const { by } = dequantized
  const how = [...shape, by.axis, by.block].join()
  const [made] = foldedOnce(q, [q, by.scale, by.zeroPoint], how, () => [dequantize(q, by, shape)])
  return made as Tensor
}

function dequantize(q: Tensor, by: Quantization, shape: readonly number[]): Tensor {
  const scales = by.scale.toNumbers()
  const zeros = by.zeroPoint ? integersIn(by.zeroPoint) : [0]
  const elements = integersIn(q)
  const y = new Float32Array(q.size)
  // Runs of elements that share a scale, one after the other.
  const { run, scaleOf } = runsOf(by, shape, y.length)
  for (let start = 0; start < y.length; start += run) {
    const channel = scaleOf(start)
    const scale = scales[channel] ?? 1
    const zero = zeros[channel % zeros.length] ?? 0
    for (let i = start; i < start + run; i++) y[i] = ((elements[i] ?? 0) - zero) * scale
  }
  return Tensor.from('float32', shape, y)
}

function runsOf({ scale, axis, block = 1 }: Quantization, shape: readonly number[], size: number) {
  if (scale.size === 1) return { run: size, scaleOf: () => 0 }
  const inner = shape.slice(axis + 1).reduce((all, each) => all * each, 1)
  const along = shape[axis] ?? 1
  if (block === 1) return { run: inner, scaleOf: (start: number) => Math.floor(start / inner) % along }
  // Scales of blocks have the axes of the elements: neighbors along the last one share a scale only where blocks lie so.
  const blocks = Math.ceil(along / block)
  const scaleOf = (start: number) => {
    const outer = Math.floor(start / inner / along)
    const position = Math.floor(start / inner) % along
    return (outer * blocks + Math.floor(position / block)) * inner + (start % inner)
  }
  return { run: 1, scaleOf }
}

/** The integers of a tensor; those of 4 bits are taken apart. */
function integersIn(tensor: Tensor): ArrayLike<number> {
  if (!/4$/.test(tensor.dataType)) return tensor.elements as ArrayLike<number>
  const { bytes, size } = tensor
  const isSigned = tensor.dataType === 'int4'
  return Int8Array.from({ length: size }, (_, at) => {
    const nibble = ((bytes[at >> 1] ?? 0) >> (at % 2 ? 4 : 0)) & 15
    return isSigned && nibble > 7 ? nibble - 16 : nibble
  })
}
