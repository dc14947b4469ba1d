import type { ByteSource } from '../ir/byteSource'
import type { Tensor } from '../ir/tensor'

/** Tensors of fewer bytes stay inside the model. */
const SMALLEST_EXTERNAL = 1024

/**
 * Where tensors start in the external file, by size: large ones at multiples that memory mapping needs (ONNX asks for
 * the page size, on Windows for 64 KiB), small ones only where vector loads like them, so that little is wasted.
 */
const ALIGNMENTS = [
  { fromBytes: 2 ** 20, alignment: 65536 },
  { fromBytes: 65536, alignment: 4096 },
  { fromBytes: 0, alignment: 64 },
] as const

/** Lays tensors out one after the other in a file; tensors that share their bytes share their place. */
export class ExternalLayout {
  private readonly offsets = new Map<ByteSource, number>()
  private end = 0

  /** Where the tensor goes, or undefined for one that stays inside. */
  place(tensor: Tensor): { offset: number; length: number } | undefined {
    const length = tensor.byteLength
    if (length < SMALLEST_EXTERNAL || tensor.dataType === 'string') return undefined
    const offset = this.offsets.get(tensor.byteSource) ?? this.append(tensor.byteSource)
    return { offset, length }
  }

  /** All bytes to write, in ascending order of offsets; between them are gaps of zeros. */
  get entries(): Iterable<[source: ByteSource, offset: number]> {
    return this.offsets
  }

  private append(source: ByteSource): number {
    const alignment = ALIGNMENTS.find(({ fromBytes }) => source.byteLength >= fromBytes)?.alignment ?? 64
    const offset = Math.ceil(this.end / alignment) * alignment
    this.offsets.set(source, offset)
    this.end = offset + source.byteLength
    return offset
  }
}
