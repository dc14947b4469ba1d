/** Arrays of NumPy as tensors. */
import { countElements } from '../ir'
import type { FeedTensor } from '../runtime'
import { toElements } from '../runtime/elementArrays'
import { badSamples } from './badSamples'
import { type NpyHeader, npyHeader } from './npyHeader'

/**
 * The tensor in the bytes of a `.npy` file, in C order and this machine's byte order.
 * @throws OnnxpressError `BAD_SAMPLES` that names the file and what is wrong with it
 */
export function parseNpy(bytes: Buffer, path: string): FeedTensor {
  const header = npyHeader(bytes, path)
  const expected = countElements(header.shape) * header.elementBytes
  const found = bytes.length - header.offset
  if (found !== expected)
    throw badSamples(
      path,
      `its shape [${header.shape}] asks for ${expected} bytes of ${header.type}, but ${found} follow`,
    )
  // Copied, so that the elements start where their size allows and byte swaps stay here.
  const elements = Buffer.from(new Uint8Array(bytes.subarray(header.offset)).buffer)
  if (header.isBigEndian) swap(elements, header.elementBytes)
  const ordered = header.isFortran ? toRowMajor(elements, header) : elements
  return { type: header.type, dims: [...header.shape], data: toElements(header.type, ordered) }
}

function swap(bytes: Buffer, elementBytes: number): void {
  if (elementBytes === 2) bytes.swap16()
  if (elementBytes === 4) bytes.swap32()
  if (elementBytes === 8) bytes.swap64()
}

/** Elements with the last axis fastest, out of ones with the first axis fastest. */
function toRowMajor(bytes: Buffer, { shape, elementBytes }: NpyHeader): Buffer {
  const ordered = Buffer.alloc(bytes.length)
  const strides: number[] = []
  for (let axis = 0, stride = elementBytes; axis < shape.length; axis++) {
    strides.push(stride)
    stride *= shape[axis] ?? 1
  }
  const position = shape.map(() => 0)
  let from = 0
  for (let to = 0; to < bytes.length; to += elementBytes) {
    bytes.copy(ordered, to, from, from + elementBytes)
    from += advance(position, shape, strides)
  }
  return ordered
}

/** Moves to the next position in row-major order and returns how many bytes that is in column-major order. */
function advance(position: number[], shape: readonly number[], strides: readonly number[]): number {
  let moved = 0
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const next = (position[axis] ?? 0) + 1
    if (next < (shape[axis] ?? 0)) {
      position[axis] = next
      return moved + (strides[axis] ?? 0)
    }
    moved -= (position[axis] ?? 0) * (strides[axis] ?? 0)
    position[axis] = 0
  }
  return moved
}
