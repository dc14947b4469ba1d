/** Typed arrays of element types, as onnxruntime-node gives them. */
import { Buffer } from 'node:buffer'
import type { DataType, ElementArray } from '../ir'

interface ArrayType {
  readonly BYTES_PER_ELEMENT: number
  new (length: number): ElementArray
  new (buffer: ArrayBuffer): ElementArray
}

const ARRAYS: Partial<Record<DataType, ArrayType>> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
}

/** An array of zeros for so many elements; undefined for types that have none. */
export function elementArray(dataType: DataType, length: number): ElementArray | undefined {
  const array = ARRAYS[dataType]
  return array && new array(length)
}

/** Bytes from which on it takes a while to make them zeros. */
const MANY_BYTES = 1 << 16

/** The same for elements that are all written before anybody reads them: they may be anything. */
export function unwrittenArray(dataType: DataType, length: number): ElementArray | undefined {
  const array = ARRAYS[dataType]
  const bytes = array ? length * array.BYTES_PER_ELEMENT : 0
  if (!array || bytes < MANY_BYTES) return elementArray(dataType, length)
  // Not of the pool that small buffers share: it has its memory to itself, and can be handed on with it.
  return new array(Buffer.allocUnsafeSlow(bytes).buffer)
}
