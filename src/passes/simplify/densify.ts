import { bitsPerElement, byteLengthOf, countElements, type SparseTensor, Tensor } from '../../ir'

/** Dense constants larger than this are not made of sparse ones: a few bytes can declare gigabytes. */
const MOST_BYTES = 2 ** 28

/** The dense form of a sparse tensor, or why there is none. */
export function densify({ name, values, indices, shape }: SparseTensor): Tensor | string {
  const bits = bitsPerElement(values.dataType)
  if (bits < 8) return `sparse constants of ${values.dataType} are not written densely`
  const size = countElements(shape)
  if (size * (bits / 8) > MOST_BYTES) return `the sparse constant has ${size} elements when written densely`
  const bytes = new Uint8Array(byteLengthOf(values.dataType, size))
  const [source, width] = [values.bytes, bits / 8]
  const positions = positionsOf(indices, shape)
  for (const [index, position] of positions.entries()) {
    if (!(position >= 0 && position < size)) return 'an index of the sparse constant is outside its shape'
    bytes.set(source.subarray(index * width, (index + 1) * width), position * width)
  }
  return Tensor.from(values.dataType, shape, bytes, name)
}

/** Linear positions, of indices that are linear already or given by axis. */
function positionsOf(indices: Tensor, shape: readonly number[]): number[] {
  const numbers = indices.toNumbers()
  if (indices.shape.length < 2) return numbers
  const rank = shape.length
  return Array.from({ length: indices.shape[0] ?? 0 }, (_, row) =>
    shape.reduce((position, size, axis) => position * size + (numbers[row * rank + axis] ?? -1), 0),
  )
}
