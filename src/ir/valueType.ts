import type { DataType } from './dataType'

/** Size of an axis: known, named (`batch`), or unknown. */
export type Dimension = number | string | undefined

/** A tensor's type; `shape` is missing where even the rank is unknown. */
export interface TensorType {
  readonly kind: 'tensor' | 'sparseTensor'
  /** Missing where the file leaves the element type undefined. */
  readonly dataType?: DataType
  readonly shape?: readonly Dimension[]
  /** Meaning of each axis (`DATA_BATCH`), where the file says it. */
  readonly axisDenotations?: readonly (string | undefined)[]
  readonly denotation?: string
}

/** ONNX's `TypeProto`. */
export type ValueType =
  | TensorType
  | {
      readonly kind: 'sequence' | 'optional'
      readonly element: ValueType | undefined
      readonly denotation?: string
    }
  | {
      readonly kind: 'map'
      readonly key: DataType
      readonly value: ValueType | undefined
      readonly denotation?: string
    }
  /** A type that this version does not interpret, as encoded protobuf. */
  | { readonly kind: 'unknown'; readonly encoded: Uint8Array }

/** A tensor type of that element type and shape. */
export function tensorType(dataType: DataType, shape?: readonly Dimension[]): TensorType {
  return shape ? { kind: 'tensor', dataType, shape } : { kind: 'tensor', dataType }
}

/** `float32[batch,3,?]`, `sequence(int64[])`: how types are printed. */
export function formatType(type: ValueType | undefined): string {
  if (!type) return '?'
  switch (type.kind) {
    case 'tensor':
    case 'sparseTensor': {
      const shape = type.shape ? `[${type.shape.map((size) => size ?? '?').join(',')}]` : ''
      return `${type.kind === 'sparseTensor' ? 'sparse ' : ''}${type.dataType ?? 'undefined'}${shape}`
    }
    case 'map':
      return `map(${type.key},${formatType(type.value)})`
    case 'unknown':
      return 'unknown'
    default:
      return `${type.kind}(${formatType(type.element)})`
  }
}
