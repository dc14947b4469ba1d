/** The float value of constant integers, computed in JavaScript: (q − zeroPoint) · scale. */
import { countElements, type Tensor } from '../../ir'
import { computedTensor } from './computedTensor'
import type { Fact, Quantization } from './fact'
import { foldedOnce } from './folded'
import { tensorPart } from './tensorPart'
import { decline } from './unplannable'

export function dequantizedConstant({ dequantized, shape }: Fact): Tensor {
  const q = dequantized?.from.constant
  if (!dequantized || !q || !/^u?int(4|8|16|32)$/.test(q.dataType))
    return decline(`integers of type ${q?.dataType}`)
  const { by } = dequantized
  const how = [...shape, by.axis, by.block].join()
  const [made] = foldedOnce(q, [q, by.scale, by.zeroPoint], how, () => [
    computedTensor('float32', shape, (start, end, into) => dequantize(q, by, shape, start, end, into)),
  ])
  return made as Tensor
}

/** Elements `start` … `end` - 1. */
function dequantize(
  q: Tensor,
  by: Quantization,
  shape: readonly number[],
  start: number,
  end: number,
  into: Uint8Array = new Uint8Array(4 * (end - start)),
): Float32Array {
  const scales = by.scale.toNumbers()
  const zeros = by.zeroPoint ? integersIn(by.zeroPoint) : [0]
  const elements = integersIn(q, start, end)
  const y = new Float32Array(into.buffer, into.byteOffset, end - start)
  // Runs of elements that share a scale, one after the other.
  const { run, scaleOf } = runsOf(by, shape, q.size)
  for (let first = start; first < end; ) {
    const next = Math.min((Math.floor(first / run) + 1) * run, end)
    const channel = scaleOf(first)
    const scale = scales[channel] ?? 1
    const zero = zeros[channel % zeros.length] ?? 0
    for (let i = first - start; i < next - start; i++) y[i] = ((elements[i] ?? 0) - zero) * scale
    first = next
  }
  return y
}

function runsOf({ scale, axis, block = 1 }: Quantization, shape: readonly number[], size: number) {
  if (scale.size === 1) return { run: size, scaleOf: () => 0 }
  const inner = countElements(shape.slice(axis + 1))
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

/** Integers `start` … `end` - 1 of a tensor; those of 4 bits are taken apart. */
function integersIn(tensor: Tensor, start = 0, end = tensor.size): ArrayLike<number> {
  if (!/4$/.test(tensor.dataType))
    return tensorPart(tensor, start, [end - start]).elements as ArrayLike<number>
  const { bytes } = tensor
  const isSigned = tensor.dataType === 'int4'
  return Int8Array.from({ length: end - start }, (_, index) => {
    const at = start + index
    const nibble = ((bytes[at >> 1] ?? 0) >> (at % 2 ? 4 : 0)) & 15
    return isSigned && nibble > 7 ? nibble - 16 : nibble
  })
}
