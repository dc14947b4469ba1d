/** How many of a weight's blocks are not all zero: what a kernel that leaves the others out has to do. */
import type { Tensor } from '../../ir'

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
  const density = found.get(key) ?? densityOf(tensor.elements as ArrayLike<number>, layout, rows, columns)
  found.set(key, density)
  return density
}

function densityOf(
  elements: ArrayLike<number>,
  { outputs, inputs, taps }: WeightLayout,
  rows: number,
  columns: number,
): number {
  const [across, down] = [Math.ceil(inputs / columns), Math.ceil(outputs / rows)]
  const filled = new Uint8Array(across * taps)
  let count = 0
  for (let row = 0; row < outputs; row++) {
    if (row % rows === 0) filled.fill(0)
    let at = row * inputs * taps
    for (let input = 0; input < inputs; input++) {
      const block = Math.floor(input / columns) * taps
      for (let tap = 0; tap < taps; tap++, at++) {
        if (elements[at] === 0 || filled[block + tap]) continue
        filled[block + tap] = 1
        count++
      }
    }
  }
  return count / (down * across * taps)
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
