/** How many of a weight's blocks are not all zero: what a kernel that leaves the others out has to do. */
import type { Tensor } from '../../ir'
import { type BlockGrid, filledBlocks } from '../../native'

/** Weights of a convolution, [outputs, inputs, taps]. */
export interface WeightLayout {
  readonly outputs: number
  readonly inputs: number
  readonly taps: number
}

const known = new WeakMap<Tensor, Map<string, number>>()

/**
 * Share of the blocks of `rows` outputs by `columns` inputs, at one tap, that hold something; ragged blocks at the ends
 * count as whole ones.
 */
export function blockDensity(tensor: Tensor, layout: WeightLayout, rows: number, columns: number): number {
  const found = known.get(tensor) ?? new Map<string, number>()
  known.set(tensor, found)
  const key = `${rows}x${columns}`
  const density = found.get(key) ?? densityOf(tensor, { ...layout, rows, columns })
  found.set(key, density)
  return density
}

function densityOf(tensor: Tensor, grid: BlockGrid): number {
  const { outputs, inputs, taps, rows, columns } = grid
  const blocks = Math.ceil(outputs / rows) * Math.ceil(inputs / columns) * taps
  return filledBlocks(elementsOf(tensor), grid) / blocks
}

/** What was read last: every kind of block is looked for in one tensor before the next. */
let latest: { tensor: Tensor; elements: WeakRef<Float32Array | Int8Array | Uint8Array> } | undefined

function elementsOf(tensor: Tensor): Float32Array | Int8Array | Uint8Array {
  const known = latest?.tensor === tensor ? latest.elements.deref() : undefined
  if (known) return known
  const elements = tensor.elements as Float32Array | Int8Array | Uint8Array
  latest = { tensor, elements: new WeakRef(elements) }
  return elements
}

/** Parts of a tensor that are looked at for zeros, and bytes of each. */
const PARTS = 16
const PART_BYTES = 4096

/** Whether at least `share` of the elements in parts all over the tensor are zero. Reads no more than these where it can. */
export function hasZeros(tensor: Tensor, share: number): boolean {
  const { byteSource, byteLength, size } = tensor
  const width = byteLength / size
  if (!byteSource.part || byteLength <= PARTS * PART_BYTES || PART_BYTES % width !== 0) return true
  let zeros = 0
  for (let index = 0; index < PARTS; index++) {
    const start = Math.floor(((size - PART_BYTES / width) * index) / (PARTS - 1)) * width
    zeros += countZeros(byteSource.part(start, PART_BYTES), width)
  }
  return zeros * width >= share * PARTS * PART_BYTES
}

/** Elements of `width` bytes that are all zero. */
function countZeros(bytes: Uint8Array, width: number): number {
  let count = 0
  for (let at = 0; at < bytes.byteLength; at += width) {
    let byte = 0
    while (byte < width && bytes[at + byte] === 0) byte++
    if (byte === width) count++
  }
  return count
}
