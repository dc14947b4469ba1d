/**
 * Element types of tensors: onnxruntime-node's names, ONNX's `TensorProto.DataType` numbers, and how many bits one
 * element takes in `raw_data`. Types below eight bits are packed, low bits first.
 */
const TABLE = [
  ['float32', 1, 32],
  ['uint8', 2, 8],
  ['int8', 3, 8],
  ['uint16', 4, 16],
  ['int16', 5, 16],
  ['int32', 6, 32],
  ['int64', 7, 64],
  ['string', 8, 0],
  ['bool', 9, 8],
  ['float16', 10, 16],
  ['float64', 11, 64],
  ['uint32', 12, 32],
  ['uint64', 13, 64],
  ['complex64', 14, 64],
  ['complex128', 15, 128],
  ['bfloat16', 16, 16],
  ['float8e4m3fn', 17, 8],
  ['float8e4m3fnuz', 18, 8],
  ['float8e5m2', 19, 8],
  ['float8e5m2fnuz', 20, 8],
  ['uint4', 21, 4],
  ['int4', 22, 4],
  ['float4e2m1', 23, 4],
  ['float8e8m0', 24, 8],
  ['uint2', 25, 2],
  ['int2', 26, 2],
] as const

/** An element type, in onnxruntime-node's words. */
export type DataType = (typeof TABLE)[number][0]

const byName = new Map<string, (typeof TABLE)[number]>(TABLE.map((row) => [row[0], row]))
const byCode = new Map<number, DataType>(TABLE.map(([name, code]) => [code, name]))

/** All element types, in the order of ONNX's numbers. */
export const dataTypes: readonly DataType[] = TABLE.map(([name]) => name)

/** ONNX's `TensorProto.DataType` number. */
export function dataTypeCode(dataType: DataType): number {
  return byName.get(dataType)?.[1] ?? 0
}

/** The type with that ONNX number, or undefined for 0 (UNDEFINED) and numbers that this version does not know. */
export function dataTypeFromCode(code: number): DataType | undefined {
  return byCode.get(code)
}

/** Bits that one element takes in `raw_data`; 0 for strings, which have no fixed size. */
export function bitsPerElement(dataType: DataType): number {
  return byName.get(dataType)?.[2] ?? 0
}

/** Whether `text` names an element type. */
export function isDataType(text: string): text is DataType {
  return byName.has(text)
}

/** Bytes that `elements` elements take in `raw_data`, the last byte padded for packed types. */
export function byteLengthOf(dataType: DataType, elements: number): number {
  const bits = bitsPerElement(dataType)
  return bits >= 8 ? elements * (bits / 8) : Math.ceil((elements * bits) / 8)
}
