/** 16-bit floats, as bits, to float32 and back. cpp/convert/convert.h is the contract. */
import { badArgument } from '../errors'
import { addon } from './addon'
import { allocate, requireFloat32, requireUint16, settled } from './arguments'

/** IEEE 754 binary16, or float32's range with 8 bits of precision. */
export type HalfType = 'float16' | 'bfloat16'

/**
 * Widens 16-bit floats; exact.
 * @throws {OnnxpressError} `BAD_ARGUMENT`
 */
export async function toFloat32(bits: Uint16Array, type: HalfType): Promise<Float32Array> {
  requireUint16(bits, 'bits of toFloat32')
  const y = allocate(Float32Array, bits.length, 'toFloat32')
  await toFloat32Into(bits, type, y)
  return y
}

/**
 * The same into `y`, of as many elements, which do not overlap the bits.
 * @throws {OnnxpressError} `BAD_ARGUMENT`
 */
export async function toFloat32Into(bits: Uint16Array, type: HalfType, y: Float32Array): Promise<void> {
  requireUint16(bits, 'bits of toFloat32Into')
  requireFloat32(y, 'y of toFloat32Into')
  if (y.length !== bits.length) throw badArgument(`${bits.length} elements`, 'y of toFloat32Into', y.length)
  await settled(addon().toFloat32(bits, codeOf(type, 'toFloat32'), y), 'toFloat32')
}

/**
 * Narrows to 16-bit floats: to nearest, ties to even; too large becomes infinite; NaN stays NaN.
 * @throws {OnnxpressError} `BAD_ARGUMENT`
 */
export async function fromFloat32(x: Float32Array, type: HalfType): Promise<Uint16Array> {
  requireFloat32(x, 'x of fromFloat32')
  const code = codeOf(type, 'fromFloat32')
  const bits = allocate(Uint16Array, x.length, 'fromFloat32')
  await settled(addon().fromFloat32(x, code, bits), 'fromFloat32')
  return bits
}

function codeOf(type: HalfType, where: string): number {
  if (type !== 'float16' && type !== 'bfloat16')
    throw badArgument('float16 or bfloat16', `type of ${where}`, type)
  return type === 'bfloat16' ? 1 : 0
}
