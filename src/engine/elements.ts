/** Typed arrays of element types, as onnxruntime-node gives them. */
import type { DataType, ElementArray } from '../ir'

const ARRAYS: Partial<Record<DataType, new (length: number) => ElementArray>> = {
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
