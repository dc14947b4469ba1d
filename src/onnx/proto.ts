/**
 * ONNX's messages as they stand in a file, field by field: what lies between bytes and the IR. Names are those of
 * `onnx.proto` (onnx 1.23) in camel case. Absent singular fields are `undefined`, absent repeated ones empty.
 */
import type { ByteSource } from '../ir/byteSource'

/** What every message has besides its own fields. */
export interface Message {
  /** Byte offset of the message in its file, for errors. */
  at: number
  /** Fields that the schema does not name, encoded as they came. */
  unknown?: Uint8Array
}

/** A nested message, or one that is encoded already and is written as it is. */
export type Nested<T> = T | Uint8Array

export interface EntryProto extends Message {
  key: string | undefined
  value: string | undefined
}

export interface OpsetProto extends Message {
  domain: string | undefined
  version: bigint | undefined
}

export interface ModelProto extends Message {
  irVersion: bigint | undefined
  producerName: string | undefined
  producerVersion: string | undefined
  domain: string | undefined
  modelVersion: bigint | undefined
  docString: string | undefined
  graph: GraphProto | undefined
  opsetImport: OpsetProto[]
  metadataProps: EntryProto[]
  functions: FunctionProto[]
}

export interface GraphProto extends Message {
  node: NodeProto[]
  name: string | undefined
  initializer: TensorProto[]
  docString: string | undefined
  input: ValueInfoProto[]
  output: ValueInfoProto[]
  valueInfo: ValueInfoProto[]
  sparseInitializer: SparseTensorProto[]
  metadataProps: EntryProto[]
}

export interface FunctionProto extends Message {
  name: string | undefined
  input: string[]
  output: string[]
  attribute: string[]
  node: NodeProto[]
  docString: string | undefined
  opsetImport: OpsetProto[]
  domain: string | undefined
  attributeProto: AttributeProto[]
  valueInfo: ValueInfoProto[]
  overload: string | undefined
  metadataProps: EntryProto[]
}

export interface NodeProto extends Message {
  input: string[]
  output: string[]
  name: string | undefined
  opType: string | undefined
  attribute: AttributeProto[]
  docString: string | undefined
  domain: string | undefined
  overload: string | undefined
  metadataProps: EntryProto[]
}

export interface AttributeProto extends Message {
  name: string | undefined
  f: number | undefined
  i: bigint | undefined
  s: Uint8Array | undefined
  t: TensorProto | undefined
  g: GraphProto | undefined
  floats: readonly number[]
  ints: readonly bigint[]
  strings: Uint8Array[]
  tensors: TensorProto[]
  graphs: GraphProto[]
  docString: string | undefined
  tp: Nested<TypeProto> | undefined
  typeProtos: Nested<TypeProto>[]
  type: number | undefined
  refAttrName: string | undefined
  sparseTensor: SparseTensorProto | undefined
  sparseTensors: SparseTensorProto[]
}

export interface ValueInfoProto extends Message {
  name: string | undefined
  type: Nested<TypeProto> | undefined
  docString: string | undefined
  metadataProps: EntryProto[]
}

export interface TensorProto extends Message {
  dims: bigint[]
  dataType: number | undefined
  /** The pieces of the packed elements, in order: one, unless the writer split or did not pack them. */
  floatData: ByteSource[]
  int32Data: ByteSource[]
  stringData: Uint8Array[]
  int64Data: ByteSource[]
  name: string | undefined
  rawData: ByteSource | undefined
  doubleData: ByteSource[]
  uint64Data: ByteSource[]
  docString: string | undefined
  externalData: EntryProto[]
  dataLocation: number | undefined
  metadataProps: EntryProto[]
}

export interface SparseTensorProto extends Message {
  values: TensorProto | undefined
  indices: TensorProto | undefined
  dims: bigint[]
}

export interface TypeProto extends Message {
  tensorType: TensorTypeProto | undefined
  sequenceType: ElementTypeProto | undefined
  mapType: MapTypeProto | undefined
  denotation: string | undefined
  sparseTensorType: TensorTypeProto | undefined
  optionalType: ElementTypeProto | undefined
}

export interface TensorTypeProto extends Message {
  elemType: number | undefined
  shape: ShapeProto | undefined
}

export interface ShapeProto extends Message {
  dim: DimensionProto[]
}

export interface DimensionProto extends Message {
  dimValue: bigint | undefined
  dimParam: string | undefined
  denotation: string | undefined
}

export interface ElementTypeProto extends Message {
  elemType: Nested<TypeProto> | undefined
}

export interface MapTypeProto extends Message {
  keyType: number | undefined
  valueType: Nested<TypeProto> | undefined
}
