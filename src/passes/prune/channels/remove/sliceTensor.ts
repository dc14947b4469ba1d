/** Constants without the channels that are gone. */
import { type ByteSource, bitsPerElement, countElements, MemorySource, Tensor } from '../../../../ir'

/** Weights of this size and more that lie on disk stay there, and are sliced whenever they are read. */
const LARGE_BYTES = 2 ** 23

/** The elements whose index is kept on every axis, in order. Element types of less than a byte are none of it. */
export function sliceTensor(tensor: Tensor, kept: readonly (Int32Array | undefined)[]): Tensor {
  const shape = tensor.shape.map((size, axis) => kept[axis]?.length ?? size)
  const source = new SlicedSource(tensor, shape, kept)
  const isOnDisk = !(tensor.byteSource instanceof MemorySource) && tensor.byteLength >= LARGE_BYTES
  return Tensor.fromSource(
    tensor.dataType,
    shape,
    isOnDisk ? source : new MemorySource(source.read()),
    tensor.name,
  )
}

class SlicedSource implements ByteSource {
  readonly byteLength: number
  private readonly elementBytes: number

  constructor(
    private readonly tensor: Tensor,
    shape: readonly number[],
    private readonly kept: readonly (Int32Array | undefined)[],
  ) {
    this.elementBytes = bitsPerElement(tensor.dataType) / 8
    this.byteLength = countElements(shape) * this.elementBytes
  }

  read(): Uint8Array {
    return this.slice(this.tensor.bytes)
  }

  async load(): Promise<Uint8Array> {
    return this.slice(await this.tensor.byteSource.load())
  }

  async *pieces(pieceBytes: number): AsyncIterable<Uint8Array> {
    yield* new MemorySource(await this.load()).pieces(pieceBytes)
  }

  private slice(bytes: Uint8Array): Uint8Array {
    const result = new Uint8Array(this.byteLength)
    const { shape } = this.tensor
    // Axes behind the last one that loses something are copied in one piece.
    const last = this.kept.findLastIndex((each) => each !== undefined)
    const run = countElements(shape.slice(last + 1)) * this.elementBytes
    let at = 0
    const copy = (axis: number, start: number) => {
      if (axis > last) {
        result.set(bytes.subarray(start, start + run), at)
        at += run
        return
      }
      const stride = countElements(shape.slice(axis + 1)) * this.elementBytes
      const own = this.kept[axis]
      const count = own?.length ?? (shape[axis] as number)
      for (let index = 0; index < count; index++) copy(axis + 1, start + (own?.[index] ?? index) * stride)
    }
    copy(0, 0)
    return result
  }
}
