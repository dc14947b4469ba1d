/** Pieces of weights that are looked at while planning: what they say of the whole costs a fraction of reading it. */
import { SpareMemory, settle, type Tensor } from '../../ir'

export type Elements = Float32Array | Int8Array | Uint8Array

/** Rows of a band: a multiple of those of every block. */
const BAND_ROWS = 32

/** Bands of large tensors, evenly apart. */
const BANDS = 4

/** Tensors up to this size are looked at as a whole. */
const SMALL_BYTES = 1 << 19

/** Parts by which zeros are told from none, and bytes of each. */
const PARTS = 8
const PART_BYTES = 1024

/** What was looked at last: every kind of block is looked for in one tensor before the next. */
let latest: { tensor: Tensor; elements: WeakRef<Elements> } | undefined

/** What pieces are read into, one after the other. */
const memory = new SpareMemory()

/** All `rows` rows of a tensor, or whole bands of them. They hold until the next call. */
export function bandsOf(tensor: Tensor, rows: number): Elements {
  const seen = latest?.tensor === tensor ? latest.elements.deref() : undefined
  const elements = seen ?? readBands(tensor, rows)
  latest = { tensor, elements: new WeakRef(elements) }
  return elements
}

function readBands(tensor: Tensor, rows: number): Elements {
  const { byteLength } = tensor
  const bands = Math.floor(rows / BAND_ROWS)
  const bandBytes = (byteLength / rows) * BAND_ROWS
  if (byteLength <= SMALL_BYTES || bands <= BANDS) return tensor.elements as Elements
  const starts = Array.from(
    { length: BANDS },
    (_, index) => Math.floor(((bands - 1) * index) / (BANDS - 1)) * bandBytes,
  )
  return pieces(tensor, starts, bandBytes) ?? (tensor.elements as Elements)
}

/** Some elements from all over a tensor; undefined where they cannot be read without the rest, or hardly are less. */
export function partsOf(tensor: Tensor): Elements | undefined {
  const { byteLength, size } = tensor
  const width = byteLength / size
  if (byteLength <= PARTS * PART_BYTES || PART_BYTES % width !== 0) return undefined
  const last = size - PART_BYTES / width
  const starts = Array.from({ length: PARTS }, (_, index) => Math.floor((last * index) / (PARTS - 1)) * width)
  return pieces(tensor, starts, PART_BYTES)
}

/** Pieces of a tensor's bytes, one after the other. */
function pieces(
  { byteSource, dataType }: Tensor,
  starts: readonly number[],
  bytes: number,
): Elements | undefined {
  if (!byteSource.part) return undefined
  latest = undefined
  const all = memory.take(starts.length * bytes)
  for (const [index, start] of starts.entries()) {
    const place = all.subarray(index * bytes, (index + 1) * bytes)
    settle(byteSource.part(start, bytes, place), place)
  }
  return dataType === 'float32' ? new Float32Array(all.buffer, 0, all.length / 4) : all
}
