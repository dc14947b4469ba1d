/** float32 to integers and back, as ONNX QuantizeLinear and DequantizeLinear. cpp/quantize/quantize.h is the contract. */
import { types } from 'node:util'
import { badArgument } from '../errors'
import { addon } from './addon'
import { allocate, requireFloat32, requirePinned, settled } from './arguments'
import { factsOf, type QuantizedType, requireBounds, requireScales, type ScaleParams } from './scales'

/** The array that holds each quantized type; 4-bit values lie two a byte, the first in the low half. */
interface ArrayOf {
  int4: Uint8Array
  uint4: Uint8Array
  int8: Int8Array
  uint8: Uint8Array
  int16: Int16Array
  uint16: Uint16Array
}

/** How to make that array and how to know it. */
interface Storage<T extends QuantizedType> {
  readonly make: new (length: number) => ArrayOf[T]
  readonly holds: (q: unknown) => boolean
}

const isBytes = (q: unknown) => types.isUint8Array(q) || types.isInt8Array(q)

const storage: { readonly [T in QuantizedType]: Storage<T> } = {
  int4: { make: Uint8Array, holds: isBytes },
  uint4: { make: Uint8Array, holds: isBytes },
  int8: { make: Int8Array, holds: types.isInt8Array },
  uint8: { make: Uint8Array, holds: types.isUint8Array },
  int16: { make: Int16Array, holds: types.isInt16Array },
  uint16: { make: Uint16Array, holds: types.isUint16Array },
}

/** Scales, zero points and the type to quantize to. */
export interface QuantizeParams extends ScaleParams {
  /** Smallest integer used, when not the type's smallest. */
  readonly qmin?: number
  /** Largest integer used, when not the type's largest. */
  readonly qmax?: number
}

/**
 * `q = saturate(roundHalfEven(x / scale) + zeroPoint)`, the integers of onnxruntime's QuantizeLinear bit for bit. NaN
 * becomes the zero point, infinities saturate.
 * @returns `x.length` integers; for 4-bit types `ceil(x.length / 2)` bytes, the first value in the low half
 * @throws {OnnxpressError} `BAD_ARGUMENT`
 */
export async function quantize<T extends QuantizedType>(
  x: Float32Array,
  params: QuantizeParams & { readonly dataType: T },
): Promise<ArrayOf[T]> {
  const where = 'quantize'
  requireFloat32(x, `x of ${where}`)
  const { lengths, scales, zeroPoints } = requireScales(params, x.length, where)
  const bounds = requireBounds(params, where)
  const { bits } = factsOf(params.dataType, where)
  const { make } = storage[params.dataType]
  const q = allocate<ArrayOf[T]>(make, bits === 4 ? Math.ceil(x.length / 2) : x.length, where)
  await settled(addon().quantize(x, ...lengths, scales, zeroPoints, ...bounds, bits, q), where)
  return q
}

/** Scales, zero points and the type to dequantize from. */
export interface DequantizeParams extends ScaleParams {
  /** Number of elements, for 4-bit types whose last byte is half used; by default all that `q` holds. */
  readonly length?: number
}

/**
 * `y = float32(q - zeroPoint) * scale`, as ONNX DequantizeLinear.
 * @param q integers of `params.dataType`; bytes with two values each for 4-bit types
 * @throws {OnnxpressError} `BAD_ARGUMENT`
 */
export async function dequantize(q: ArrayBufferView, params: DequantizeParams): Promise<Float32Array> {
  const where = 'dequantize'
  const { bits, isSigned } = factsOf(params.dataType, where)
  const size = requireStored(q, params, bits)
  const { lengths, scales, zeroPoints } = requireScales(params, size, where)
  const y = allocate(Float32Array, size, where)
  await settled(addon().dequantize(q, ...lengths, scales, zeroPoints, bits, isSigned ? 1 : 0, y), where)
  return y
}

/** @returns the number of values that `q` holds */
function requireStored(
  q: ArrayBufferView,
  { dataType, layout, length }: DequantizeParams,
  bits: number,
): number {
  if (!storage[dataType].holds(q)) throw badArgument(`the array that holds ${dataType}`, 'q of dequantize', q)
  requirePinned(q, 'q of dequantize')
  const stored = (q as Uint8Array).length
  if (bits !== 4) return stored
  if (length !== undefined && !(Number.isSafeInteger(length) && length >= 0)) {
    throw badArgument('an integer of at least 0', 'length of dequantize', length)
  }
  const size = length ?? (layout ? layout.outer * layout.channels * layout.inner : stored * 2)
  if (Math.ceil(size / 2) !== stored) {
    throw badArgument(`${Math.ceil(size / 2)} bytes for ${size} values`, 'q of dequantize', stored)
  }
  return size
}
