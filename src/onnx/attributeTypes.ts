import type { AttributeType } from '../ir/attribute'

/** ONNX's `AttributeProto.AttributeType` numbers. */
const CODES: Record<AttributeType, number> = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
  sparseTensor: 11,
  sparseTensors: 12,
  type: 13,
  types: 14,
}

const names = new Map(Object.entries(CODES).map(([name, code]) => [code, name as AttributeType]))

export function attributeTypeCode(type: AttributeType): number {
  return CODES[type]
}

/** The type with that number, or undefined for 0 and numbers that this version does not know. */
export function attributeTypeFromCode(code: number): AttributeType | undefined {
  return names.get(code)
}
