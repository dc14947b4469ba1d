import { createHash } from 'node:crypto'
import type { DataType, Node, Tensor, Value } from '../ir'

const NUMERIC = new Set<DataType>([
  'float32',
  'float64',
  'float16',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'bool',
])

/** The one number of a constant with a single element, whatever its rank; undefined for everything else. */
export function scalarOf(value: Value | undefined): number | undefined {
  const tensor = value?.constant
  if (tensor?.size !== 1 || !NUMERIC.has(tensor.dataType)) return undefined
  return tensor.toNumbers()[0]
}

/** The numbers of a constant of at most `limit` elements: shapes, axes, permutations. */
export function numbersOf(value: Value | undefined, limit = 1024): number[] | undefined {
  const tensor = value?.constant
  if (!tensor || tensor.size > limit || !NUMERIC.has(tensor.dataType)) return undefined
  return tensor.toNumbers()
}

/** Axes of a node that has them as an attribute in older operator sets and as input `index` in newer ones. */
export function axesOf(node: Node, index: number): readonly number[] | undefined {
  return node.ints('axes', undefined) ?? numbersOf(node.input(index))
}

/** Whether two numbers are the same but for the rounding of float32 constants. */
export function isClose(a: number | undefined, b: number): boolean {
  return a !== undefined && Math.abs(a - b) <= 2 ** -21 * Math.abs(b)
}

/** Whether two constants are the same in type, shape and every bit. */
export async function sameTensor(a: Tensor, b: Tensor): Promise<boolean> {
  if (a === b) return true
  if (a.dataType !== b.dataType || a.byteLength !== b.byteLength || `${a.shape}` !== `${b.shape}`)
    return false
  if (a.dataType === 'string') return a.strings.every((text, index) => text === b.strings[index])
  const theirs = b.byteSource.pieces(PIECE_BYTES)[Symbol.asyncIterator]()
  for await (const piece of a.byteSource.pieces(PIECE_BYTES)) {
    const other = await theirs.next()
    if (other.done || Buffer.compare(piece, other.value) !== 0) return false
  }
  return true
}

/** A short text that equal constants share and others seldom do; reads no more than the beginning of a large one. */
export async function fingerprintOf(tensor: Tensor): Promise<string> {
  const hash = createHash('sha1')
  if (tensor.dataType === 'string') for (const text of tensor.strings) hash.update(`${text.length}:${text}`)
  else {
    for await (const piece of tensor.byteSource.pieces(HEAD_BYTES)) {
      hash.update(piece)
      break
    }
  }
  return `${tensor.dataType}[${tensor.shape}]${tensor.byteLength}:${hash.digest('base64')}`
}

const HEAD_BYTES = 1 << 14
const PIECE_BYTES = 1 << 22
