/** Typed arrays of onnxruntime's tensor types, and plain copies of tensors that may cross to another process. */
import { types } from 'node:util'
import { describe } from '../errors'
import { byteLengthOf, countElements, isDataType } from '../ir'
import type { FeedTensor } from './feeds'

type ArrayConstructor = new (buffer: ArrayBufferLike, offset: number, length: number) => ArrayBufferView

/** What holds the elements of each type that onnxruntime-node takes and gives. */
const ARRAYS: ReadonlyMap<string, ArrayConstructor & { readonly BYTES_PER_ELEMENT: number }> = new Map<
  string,
  ArrayConstructor & { readonly BYTES_PER_ELEMENT: number }
>([
  ['float32', Float32Array],
  ['float64', Float64Array],
  ['float16', Uint16Array],
  ['int8', Int8Array],
  ['uint8', Uint8Array],
  ['bool', Uint8Array],
  ['int16', Int16Array],
  ['uint16', Uint16Array],
  ['int32', Int32Array],
  ['uint32', Uint32Array],
  ['int64', BigInt64Array],
  ['uint64', BigUint64Array],
])

/** Whether tensors of that type can be fed to a session and come out of one. */
export function isRunnableType(type: string): boolean {
  return type === 'string' || ARRAYS.has(type)
}

/** The elements in `bytes`; copied only where the bytes are not aligned. */
export function toElements(type: string, bytes: Uint8Array): ArrayBufferView {
  const array = ARRAYS.get(type)
  if (!array) return bytes
  const aligned = bytes.byteOffset % array.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice()
  return new array(aligned.buffer, aligned.byteOffset, aligned.byteLength / array.BYTES_PER_ELEMENT)
}

/** The bytes of a tensor that does not hold strings; a view. */
export function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

/** The same tensor as a plain object over plain typed arrays, without copying the elements. */
export function plainTensor(tensor: FeedTensor): FeedTensor {
  const { type, data } = tensor
  const elements = ArrayBuffer.isView(data) ? toElements(type, bytesOf(data)) : [...data]
  return { type, dims: [...tensor.dims], data: elements }
}

/** What is wrong with a tensor in itself, as the end of a sentence; undefined when it is sound. */
export function faultOf(tensor: unknown): string | undefined {
  if (typeof tensor !== 'object' || tensor === null)
    return `a tensor { type, data, dims } was expected, not ${describe(tensor)}`
  const { type, data, dims } = tensor as Partial<FeedTensor>
  if (typeof type !== 'string' || !isRunnableType(type))
    return `${describe(type)} is not a type that onnxruntime-node can be fed`
  if (!Array.isArray(dims) || !dims.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    return `its dims must be an array of whole numbers from 0, not ${describe(dims)}`
  }
  return type === 'string' ? textFault(data, dims) : byteFault(type, data, dims)
}

function textFault(data: unknown, dims: readonly number[]): string | undefined {
  const count = countElements(dims)
  if (!Array.isArray(data) || !data.every((text) => typeof text === 'string'))
    return 'its data must be an array of strings'
  return data.length === count
    ? undefined
    : `its dims [${dims}] ask for ${count} strings, but it has ${data.length}`
}

function byteFault(type: string, data: unknown, dims: readonly number[]): string | undefined {
  if (!ArrayBuffer.isView(data) && !types.isArrayBufferView(data))
    return `its data must be a typed array, not ${describe(data)}`
  const expected = isDataType(type) ? byteLengthOf(type, countElements(dims)) : 0
  if (data.byteLength === expected) return undefined
  return `its dims [${dims}] ask for ${expected} bytes of ${type}, but its data has ${data.byteLength}`
}
