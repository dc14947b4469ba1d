import type { Extras } from './extras'
import type { Graph } from './graph'
import type { SparseTensor } from './sparseTensor'
import type { Tensor } from './tensor'
import type { ValueType } from './valueType'

/** What each attribute type holds. Integers are 64-bit; strings that are not UTF-8 stay bytes. */
export interface AttributeValues {
  float: number
  int: bigint
  string: string | Uint8Array
  tensor: Tensor
  sparseTensor: SparseTensor
  graph: Graph
  type: ValueType
  floats: readonly number[]
  ints: readonly bigint[]
  strings: readonly (string | Uint8Array)[]
  tensors: readonly Tensor[]
  sparseTensors: readonly SparseTensor[]
  graphs: readonly Graph[]
  types: readonly ValueType[]
}

/** The name of an attribute's type. */
export type AttributeType = keyof AttributeValues

/** A node's attribute: a value, or in a function's body a reference to an attribute of the call. */
export type Attribute = { readonly extras?: Extras } & (
  | { [T in AttributeType]: { readonly type: T; readonly value: AttributeValues[T] } }[AttributeType]
  | { readonly type: 'reference'; readonly to: string; readonly of: AttributeType | undefined }
)

/** Writers of attributes, so that a number's ONNX type is always said. */
export const attribute = {
  float: (value: number): Attribute => ({ type: 'float', value }),
  int: (value: number | bigint): Attribute => ({ type: 'int', value: BigInt(value) }),
  string: (value: string): Attribute => ({ type: 'string', value }),
  tensor: (value: Tensor): Attribute => ({ type: 'tensor', value }),
  graph: (value: Graph): Attribute => ({ type: 'graph', value }),
  floats: (value: readonly number[]): Attribute => ({ type: 'floats', value }),
  ints: (value: readonly (number | bigint)[]): Attribute => ({ type: 'ints', value: value.map(BigInt) }),
  strings: (value: readonly string[]): Attribute => ({ type: 'strings', value }),
}

/** A 64-bit integer as a number; those beyond ±(2^53 − 1), as in open-ended slices, are clamped there. */
export function toSafeNumber(value: bigint): number {
  const limit = BigInt(Number.MAX_SAFE_INTEGER)
  if (value > limit) return Number.MAX_SAFE_INTEGER
  return value < -limit ? -Number.MAX_SAFE_INTEGER : Number(value)
}

/** The graphs that an attribute holds: none, one or several. */
export function graphsOf(attribute: Attribute): readonly Graph[] {
  if (attribute.type === 'graph') return [attribute.value]
  return attribute.type === 'graphs' ? attribute.value : []
}
