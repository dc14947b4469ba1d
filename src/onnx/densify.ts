import { OnnxpressError } from '../errors'
import { bitsPerElement, byteLengthOf } from '../ir/dataType'
import type { SparseTensor } from '../ir/sparseTensor'
import { countElements, Tensor } from '../ir/tensor'

/**
 * The dense form of a sparse tensor, zeros where it has no element.
 * @param limitBytes most bytes that the dense form may take; checked before anything is allocated
 * @throws OnnxpressError `LIMIT_EXCEEDED` past the limit, `BAD_MODEL` for positions outside the shape, `UNSUPPORTED`
 *   for strings.
 */
export function densify(sparse: SparseTensor, limitBytes: number): Tensor {
  const { name, values, shape } = sparse
  const { dataType } = values
  const bits = bitsPerElement(dataType)
  if (bits === 0)
    throw new OnnxpressError('UNSUPPORTED', `Sparse tensor ${quote(name)} holds strings`, { at: name })
  const bytes = byteLengthOf(dataType, countElements(shape))
  if (bytes > limitBytes) {
    const message = `Expected sparse tensor ${quote(name)} to take at most ${limitBytes} bytes in dense form, found ${bytes}`
    throw new OnnxpressError('LIMIT_EXCEEDED', message, { at: name })
  }
  const dense = new Uint8Array(bytes)
  const place = bits >= 8 ? placeBytes : placeBits
  const source = values.bytes
  positions(sparse).forEach((position, index) => {
    place(source, index, dense, position, bits)
  })
  return Tensor.from(dataType, shape, dense, name)
}

type Place = (source: Uint8Array, from: number, target: Uint8Array, to: number, bits: number) => void

const placeBytes: Place = (source, from, target, to, bits) => {
  const bytes = bits / 8
  for (let index = 0; index < bytes; index++) target[to * bytes + index] = source[from * bytes + index] ?? 0
}

const placeBits: Place = (source, from, target, to, bits) => {
  const perByte = 8 / bits
  const element = ((source[Math.floor(from / perByte)] ?? 0) >> ((from % perByte) * bits)) & (2 ** bits - 1)
  const byte = Math.floor(to / perByte)
  const shift = (to % perByte) * bits
  target[byte] = ((target[byte] ?? 0) & ~((2 ** bits - 1) << shift)) | (element << shift)
}

/** Where each element goes, as a linear position. */
function positions({ name, indices, shape, values }: SparseTensor): number[] {
  const raw = indices.elements as BigInt64Array
  const isLinear = indices.shape.length === 1
  const axes = isLinear ? [countElements(shape)] : shape
  return Array.from({ length: values.size }, (_, element) => {
    let position = 0
    axes.forEach((size, axis) => {
      const index = raw[element * axes.length + axis] ?? -1n
      if (index < 0n || index >= size) throw outside(name, index, size)
      position = position * size + Number(index)
    })
    return position
  })
}

function outside(name: string, index: bigint, size: number): OnnxpressError {
  const message = `Expected positions of 0 to ${size - 1} in sparse tensor ${quote(name)}, found ${index}`
  return new OnnxpressError('BAD_MODEL', message, { at: name })
}

function quote(name: string): string {
  return JSON.stringify(name)
}
