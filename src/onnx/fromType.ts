import { dataTypeCode } from '../ir/dataType'
import type { TensorType, ValueType } from '../ir/valueType'
import type { DimensionProto, Nested, TensorTypeProto, TypeProto } from './proto'
import { typeSchema } from './schema'

/** A type of the IR as a message; types that were kept encoded stay so. */
export function fromType(type: ValueType): Nested<TypeProto> {
  if (type.kind === 'unknown') return type.encoded
  return typeSchema.of({ ...bodyOf(type), denotation: type.denotation })
}

function bodyOf(type: Exclude<ValueType, { kind: 'unknown' }>): Partial<TypeProto> {
  switch (type.kind) {
    case 'tensor':
      return { tensorType: fromTensorType(type) }
    case 'sparseTensor':
      return { sparseTensorType: fromTensorType(type) }
    case 'map':
      return {
        mapType: { at: 0, keyType: dataTypeCode(type.key), valueType: type.value && fromType(type.value) },
      }
    case 'sequence':
      return { sequenceType: { at: 0, elemType: type.element && fromType(type.element) } }
    case 'optional':
      return { optionalType: { at: 0, elemType: type.element && fromType(type.element) } }
  }
}

function fromTensorType(type: TensorType): TensorTypeProto {
  const dim = type.shape?.map((size, axis): DimensionProto => {
    const denotation = type.axisDenotations?.[axis]
    if (typeof size === 'number') return { at: 0, dimValue: BigInt(size), dimParam: undefined, denotation }
    return { at: 0, dimValue: undefined, dimParam: size, denotation }
  })
  return {
    at: 0,
    elemType: type.dataType && dataTypeCode(type.dataType),
    shape: dim && { at: 0, dim },
  }
}
