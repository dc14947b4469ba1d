import { isUtf8 } from 'node:buffer'
import { OnnxpressError } from '../errors'
import type { Attribute, AttributeType, AttributeValues } from '../ir/attribute'
import { NO_EXTRAS } from '../ir/extras'
import type { Graph } from '../ir/graph'
import { attributeTypeFromCode } from './attributeTypes'
import { type Context, malformed } from './context'
import type { AttributeProto, GraphProto } from './proto'
import { toExtras } from './toExtras'
import { toSparseTensor } from './toSparseTensor'
import { toTensor } from './toTensor'
import { toType } from './toType'

/** Builds the graph of an attribute; comes from the builder of the graph around it. */
export type BuildGraph = (proto: GraphProto) => Graph

/** An attribute of the IR. Files older than IR version 2 do not say the type; then the field that is set tells it. */
export function toAttribute(proto: AttributeProto, context: Context, build: BuildGraph): Attribute {
  const type = toAttributeType(proto, context)
  const extras = toExtras(proto)
  const kept = extras === NO_EXTRAS ? {} : { extras }
  if (proto.refAttrName) return { type: 'reference', to: proto.refAttrName, of: type, ...kept }
  if (!type)
    throw malformed(context, `Expected attribute ${JSON.stringify(proto.name)} to have a type`, proto.at)
  return { type, value: READERS[type](proto, context, build), ...kept } as Attribute
}

function toAttributeType(proto: AttributeProto, context: Context): AttributeType | undefined {
  if (!proto.type) return guessType(proto)
  const type = attributeTypeFromCode(proto.type)
  if (type) return type
  const message = `Expected an attribute type that onnxpress knows, found number ${proto.type} in ${JSON.stringify(proto.name)}`
  throw proto.type < 0 || proto.type > 255
    ? malformed(context, message, proto.at)
    : new OnnxpressError('UNSUPPORTED', message, { offset: proto.at })
}

function guessType(proto: AttributeProto): AttributeType | undefined {
  if (proto.f !== undefined) return 'float'
  if (proto.i !== undefined) return 'int'
  if (proto.s !== undefined) return 'string'
  if (proto.t) return 'tensor'
  if (proto.g) return 'graph'
  if (proto.sparseTensor) return 'sparseTensor'
  if (proto.tp) return 'type'
  return guessListType(proto)
}

function guessListType(proto: AttributeProto): AttributeType | undefined {
  if (proto.floats.length > 0) return 'floats'
  if (proto.ints.length > 0) return 'ints'
  if (proto.strings.length > 0) return 'strings'
  if (proto.tensors.length > 0) return 'tensors'
  if (proto.graphs.length > 0) return 'graphs'
  if (proto.sparseTensors.length > 0) return 'sparseTensors'
  return proto.typeProtos.length > 0 ? 'types' : undefined
}

type Readers = {
  [T in AttributeType]: (proto: AttributeProto, context: Context, build: BuildGraph) => AttributeValues[T]
}

const READERS: Readers = {
  float: (proto) => proto.f ?? 0,
  int: (proto) => proto.i ?? 0n,
  string: (proto) => toText(proto.s ?? new Uint8Array(0)),
  tensor: (proto, context) => toTensor(required(proto.t, proto, context), context),
  sparseTensor: (proto, context) => toSparseTensor(required(proto.sparseTensor, proto, context), context),
  graph: (proto, context, build) => build(required(proto.g, proto, context)),
  type: (proto, context) => toType(required(proto.tp, proto, context), context),
  // Lists that grew by single elements have room for more; copies have not.
  floats: (proto) => proto.floats.slice(),
  ints: (proto) => proto.ints.slice(),
  strings: (proto) => proto.strings.map(toText),
  tensors: (proto, context) => proto.tensors.map((each) => toTensor(each, context)),
  sparseTensors: (proto, context) => proto.sparseTensors.map((each) => toSparseTensor(each, context)),
  graphs: (proto, _context, build) => proto.graphs.map(build),
  types: (proto, context) => proto.typeProtos.map((each) => toType(each, context)),
}

function toText(bytes: Uint8Array): string | Uint8Array {
  return isUtf8(bytes)
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
    : bytes
}

function required<T>(value: T | undefined, proto: AttributeProto, context: Context): T {
  if (value !== undefined) return value
  throw malformed(context, `Expected attribute ${JSON.stringify(proto.name)} to have a value`, proto.at)
}
