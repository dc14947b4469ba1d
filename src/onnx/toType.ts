import { isUint8Array } from 'node:util/types'
import { dataTypeFromCode } from '../ir/dataType'
import type { Dimension, TensorType, ValueType } from '../ir/valueType'
import { type Context, malformed } from './context'
import { encodeBytes } from './encodeMessage'
import type {
  DimensionProto,
  ElementTypeProto,
  MapTypeProto,
  Message,
  Nested,
  TensorTypeProto,
  TypeProto,
} from './proto'
import { typeSchema } from './schema'

/**
 * A type of the IR. Types of which anything is not understood (Opaque, element types and fields of later versions) are
 * kept encoded as a whole.
 */
export function toType(proto: Nested<TypeProto>, context: Context): ValueType {
  if (isUint8Array(proto)) return { kind: 'unknown', encoded: proto }
  return readType(proto, context) ?? { kind: 'unknown', encoded: encodeBytes(typeSchema, proto) }
}

/** The type, or undefined where a part of it is not understood. */
function readType(proto: TypeProto, context: Context): ValueType | undefined {
  if (proto.unknown) return undefined
  const denotation = proto.denotation === undefined ? {} : { denotation: proto.denotation }
  const { tensorType, sparseTensorType, sequenceType, optionalType, mapType } = proto
  if (tensorType) return readTensor(tensorType, 'tensor', denotation, context)
  if (sparseTensorType) return readTensor(sparseTensorType, 'sparseTensor', denotation, context)
  if (sequenceType) return readElement(sequenceType, 'sequence', denotation, context)
  if (optionalType) return readElement(optionalType, 'optional', denotation, context)
  return mapType ? readMap(mapType, denotation, context) : undefined
}

function readTensor(
  proto: TensorTypeProto,
  kind: TensorType['kind'],
  denotation: object,
  context: Context,
): TensorType | undefined {
  const dataType = dataTypeFromCode(proto.elemType ?? 0)
  if (hasUnknown(proto, proto.shape, ...(proto.shape?.dim ?? []))) return undefined
  if (!dataType && proto.elemType) return undefined
  const element = dataType ? { dataType } : {}
  if (!proto.shape) return { kind, ...element, ...denotation }
  const { dim } = proto.shape
  const shape = dim.map((each) => readDimension(each, context))
  const denotations = dim.some((each) => each.denotation !== undefined)
    ? { axisDenotations: dim.map((each) => each.denotation) }
    : {}
  return { kind, ...element, shape, ...denotations, ...denotation }
}

/** Exporters write negative sizes, mostly −1, for axes that they do not know. */
function readDimension(proto: DimensionProto, context: Context): Dimension {
  if (proto.dimValue === undefined) return proto.dimParam || undefined
  if (proto.dimValue < 0n) return undefined
  if (proto.dimValue <= Number.MAX_SAFE_INTEGER) return Number(proto.dimValue)
  throw malformed(context, `Expected an axis of at most 2^53 elements, found ${proto.dimValue}`, proto.at)
}

function readElement(
  proto: ElementTypeProto,
  kind: 'sequence' | 'optional',
  denotation: object,
  context: Context,
): ValueType | undefined {
  if (proto.unknown) return undefined
  return { kind, element: proto.elemType && toType(proto.elemType, context), ...denotation }
}

function readMap(proto: MapTypeProto, denotation: object, context: Context): ValueType | undefined {
  const key = dataTypeFromCode(proto.keyType ?? 0)
  if (proto.unknown || !key) return undefined
  return { kind: 'map', key, value: proto.valueType && toType(proto.valueType, context), ...denotation }
}

function hasUnknown(...messages: readonly (Message | undefined)[]): boolean {
  return messages.some((message) => message?.unknown)
}
