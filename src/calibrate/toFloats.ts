/** Elements of a floating-point tensor as float32. */
import { OnnxpressError } from '../errors'
import { toFloat32 } from '../native'
import type { FeedTensor } from '../runtime'

/** Whether {@link toFloats} reads tensors of that type. */
export function isFloatType(type: string): boolean {
  return type === 'float32' || type === 'float16' || type === 'float64'
}

/**
 * The elements as float32; float32 itself is not copied. Float64 is rounded.
 * @throws OnnxpressError `UNSUPPORTED` for tensors that are not floating-point.
 */
export async function toFloats({ type, data }: FeedTensor, name: string): Promise<Float32Array> {
  if (type === 'float32') return data as Float32Array
  if (type === 'float16') return toFloat32(data as Uint16Array, 'float16')
  if (type === 'float64') return Float32Array.from(data as Float64Array)
  throw new OnnxpressError(
    'UNSUPPORTED',
    `${JSON.stringify(name)} holds ${type}; only floating-point values can be observed`,
    { at: name },
  )
}
