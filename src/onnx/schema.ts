/**
 * Tables of ONNX's messages: field number, key in `proto.ts`, and how the field is encoded. The codec is our own and
 * driven by these tables, instead of a generic protobuf library, because weights must be skipped on reading (they stay
 * regions of the file) and streamed on writing, which generic codecs do not do; and because errors must name byte
 * offsets, unknown fields must survive, and depth and memory must be bounded.
 *
 * Fields of `onnx.proto` that have no row here (training_info, quantization_annotation, device configurations,
 * segments, and whatever future versions add) are kept as unknown fields.
 */
import type * as proto from './proto'

/** How a field is encoded, and what JavaScript holds for it. */
export type FieldKind =
  /** varint; bigint */
  | 'int64'
  /** varint; number */
  | 'int32'
  /** four bytes; number */
  | 'float'
  /** UTF-8; string */
  | 'name'
  /** text for people, where bytes that are not UTF-8 are let pass; string */
  | 'text'
  /** bytes; Uint8Array */
  | 'bytes'
  /** bytes that may be large and stay where they are; ByteSource */
  | 'data'
  /** packed elements that stay encoded; ByteSource[] */
  | 'packedVarint'
  | 'packed32'
  | 'packed64'
  | 'message'

/** One field of a message. */
export interface Field {
  readonly key: string
  readonly number: number
  readonly kind: FieldKind
  readonly repeated: boolean
  /** Schema of the nested message; a function, since messages nest in circles. */
  readonly nested: (() => Schema) | undefined
}

/** One message: its fields in ascending order, and by number. */
export interface Schema<T extends proto.Message = proto.Message> {
  readonly name: string
  readonly fields: readonly Field[]
  readonly byNumber: ReadonlyMap<number, Field>
  /** Memory that a message takes at most with all that is made of it, its texts, lists and nested messages aside. */
  readonly heapBytes: number
  /** An empty message. */
  create(at: number): T
  /** A message with these fields, to be written. */
  of(fields: Partial<T>): T
}

type Definition = Omit<Field, 'key'>
type Definitions<T> = { [K in Exclude<keyof T, keyof proto.Message>]-?: Definition }

const one = (number: number, kind: FieldKind): Definition => ({
  number,
  kind,
  repeated: false,
  nested: undefined,
})
const many = (number: number, kind: FieldKind): Definition => ({ ...one(number, kind), repeated: true })
const message = (number: number, nested: () => Schema): Definition => ({ ...one(number, 'message'), nested })
const messages = (number: number, nested: () => Schema): Definition => ({
  ...message(number, nested),
  repeated: true,
})

function schema<T extends proto.Message>(
  name: string,
  heapBytes: number,
  definitions: Definitions<T>,
): Schema<T> {
  const fields = Object.entries<Definition>(definitions).map(([key, definition]) => ({ key, ...definition }))
  fields.sort((a, b) => a.number - b.number)
  const byNumber = new Map(fields.map((field) => [field.number, field]))
  const Created = messageClass(fields)
  const create = (at: number) => new Created(at) as unknown as T
  return { name, heapBytes, fields, byNumber, create, of: (given) => Object.assign(create(0), given) }
}

/** Messages have many fields and set few, so that what is absent comes from the prototype. */
function messageClass(fields: readonly Field[]): new (at: number) => proto.Message {
  class Created {
    constructor(readonly at: number) {}
  }
  for (const field of fields) {
    Object.defineProperty(Created.prototype, field.key, {
      value: isList(field) ? NOTHING : undefined,
      writable: true,
    })
  }
  return Created
}

/** Shared by all lists that are still empty: most are, and models have many. */
export const NOTHING: readonly never[] = Object.freeze([])

function isList({ repeated, kind }: Definition): boolean {
  return repeated || kind.startsWith('packed')
}

export const entrySchema = schema<proto.EntryProto>('StringStringEntryProto', 250, {
  key: one(1, 'text'),
  value: one(2, 'text'),
})

export const opsetSchema = schema<proto.OpsetProto>('OperatorSetIdProto', 250, {
  domain: one(1, 'name'),
  version: one(2, 'int64'),
})

export const modelSchema = schema<proto.ModelProto>('ModelProto', 2000, {
  irVersion: one(1, 'int64'),
  producerName: one(2, 'text'),
  producerVersion: one(3, 'text'),
  domain: one(4, 'text'),
  modelVersion: one(5, 'int64'),
  docString: one(6, 'text'),
  graph: message(7, () => graphSchema),
  opsetImport: messages(8, () => opsetSchema),
  metadataProps: messages(14, () => entrySchema),
  functions: messages(25, () => functionSchema),
})

export const graphSchema: Schema<proto.GraphProto> = schema('GraphProto', 2000, {
  node: messages(1, () => nodeSchema),
  name: one(2, 'name'),
  initializer: messages(5, () => tensorSchema),
  docString: one(10, 'text'),
  input: messages(11, () => valueInfoSchema),
  output: messages(12, () => valueInfoSchema),
  valueInfo: messages(13, () => valueInfoSchema),
  sparseInitializer: messages(15, () => sparseTensorSchema),
  metadataProps: messages(16, () => entrySchema),
})

export const functionSchema: Schema<proto.FunctionProto> = schema('FunctionProto', 2000, {
  name: one(1, 'name'),
  input: many(4, 'name'),
  output: many(5, 'name'),
  attribute: many(6, 'name'),
  node: messages(7, () => nodeSchema),
  docString: one(8, 'text'),
  opsetImport: messages(9, () => opsetSchema),
  domain: one(10, 'name'),
  attributeProto: messages(11, () => attributeSchema),
  valueInfo: messages(12, () => valueInfoSchema),
  overload: one(13, 'name'),
  metadataProps: messages(14, () => entrySchema),
})

export const nodeSchema: Schema<proto.NodeProto> = schema('NodeProto', 1600, {
  input: many(1, 'name'),
  output: many(2, 'name'),
  name: one(3, 'name'),
  opType: one(4, 'name'),
  attribute: messages(5, () => attributeSchema),
  docString: one(6, 'text'),
  domain: one(7, 'name'),
  overload: one(8, 'name'),
  metadataProps: messages(9, () => entrySchema),
})

export const attributeSchema: Schema<proto.AttributeProto> = schema('AttributeProto', 400, {
  name: one(1, 'name'),
  f: one(2, 'float'),
  i: one(3, 'int64'),
  s: one(4, 'bytes'),
  t: message(5, () => tensorSchema),
  g: message(6, () => graphSchema),
  floats: many(7, 'float'),
  ints: many(8, 'int64'),
  strings: many(9, 'bytes'),
  tensors: messages(10, () => tensorSchema),
  graphs: messages(11, () => graphSchema),
  docString: one(13, 'text'),
  tp: message(14, () => typeSchema),
  typeProtos: messages(15, () => typeSchema),
  type: one(20, 'int32'),
  refAttrName: one(21, 'name'),
  sparseTensor: message(22, () => sparseTensorSchema),
  sparseTensors: messages(23, () => sparseTensorSchema),
})

export const valueInfoSchema: Schema<proto.ValueInfoProto> = schema('ValueInfoProto', 500, {
  name: one(1, 'name'),
  type: message(2, () => typeSchema),
  docString: one(3, 'text'),
  metadataProps: messages(4, () => entrySchema),
})

export const tensorSchema: Schema<proto.TensorProto> = schema('TensorProto', 900, {
  dims: many(1, 'int64'),
  dataType: one(2, 'int32'),
  floatData: one(4, 'packed32'),
  int32Data: one(5, 'packedVarint'),
  stringData: many(6, 'bytes'),
  int64Data: one(7, 'packedVarint'),
  name: one(8, 'name'),
  rawData: one(9, 'data'),
  doubleData: one(10, 'packed64'),
  uint64Data: one(11, 'packedVarint'),
  docString: one(12, 'text'),
  externalData: messages(13, () => entrySchema),
  dataLocation: one(14, 'int32'),
  metadataProps: messages(16, () => entrySchema),
})

export const sparseTensorSchema: Schema<proto.SparseTensorProto> = schema('SparseTensorProto', 500, {
  values: message(1, () => tensorSchema),
  indices: message(2, () => tensorSchema),
  dims: many(3, 'int64'),
})

export const typeSchema: Schema<proto.TypeProto> = schema('TypeProto', 250, {
  tensorType: message(1, () => tensorTypeSchema),
  sequenceType: message(4, () => elementTypeSchema),
  mapType: message(5, () => mapTypeSchema),
  denotation: one(6, 'name'),
  sparseTensorType: message(8, () => tensorTypeSchema),
  optionalType: message(9, () => elementTypeSchema),
})

export const tensorTypeSchema: Schema<proto.TensorTypeProto> = schema('TypeProto.Tensor', 250, {
  elemType: one(1, 'int32'),
  shape: message(2, () => shapeSchema),
})

export const shapeSchema: Schema<proto.ShapeProto> = schema('TensorShapeProto', 250, {
  dim: messages(1, () => dimensionSchema),
})

export const dimensionSchema: Schema<proto.DimensionProto> = schema('TensorShapeProto.Dimension', 250, {
  dimValue: one(1, 'int64'),
  dimParam: one(2, 'name'),
  denotation: one(3, 'name'),
})

export const elementTypeSchema: Schema<proto.ElementTypeProto> = schema('TypeProto.Sequence', 250, {
  elemType: message(1, () => typeSchema),
})

export const mapTypeSchema: Schema<proto.MapTypeProto> = schema('TypeProto.Map', 250, {
  keyType: one(1, 'int32'),
  valueType: message(2, () => typeSchema),
})
