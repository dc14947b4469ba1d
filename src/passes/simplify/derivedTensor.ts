import { type ByteSource, type ElementArray, MemorySource, Tensor } from '../../ir'

/** Weights of this size and more that lie on disk stay there; what is made of them is worked out when it is asked for. */
const LARGE_BYTES = 2 ** 23

/**
 * The tensor of the same type and shape whose elements `compute` makes of those of `tensor`: `elements` for what is in
 * memory already or small, else worked out anew each time that it is read, so that large models stay on disk.
 */
export function derivedTensor(tensor: Tensor, elements: ArrayBufferView, compute: Compute): Tensor {
  const isOnDisk = !(tensor.byteSource instanceof MemorySource) && tensor.byteLength >= LARGE_BYTES
  if (!isOnDisk) return Tensor.from(tensor.dataType, tensor.shape, elements)
  return Tensor.fromSource(tensor.dataType, tensor.shape, new DerivedSource(tensor, compute))
}

type Compute = (elements: ElementArray) => ArrayBufferView

class DerivedSource implements ByteSource {
  constructor(
    private readonly tensor: Tensor,
    private readonly compute: Compute,
  ) {}

  get byteLength(): number {
    return this.tensor.byteLength
  }

  read(): Uint8Array {
    return bytesOf(this.compute(this.tensor.elements))
  }

  async load(): Promise<Uint8Array> {
    return bytesOf(this.compute(await this.tensor.load()))
  }

  async *pieces(pieceBytes: number): AsyncIterable<Uint8Array> {
    yield* new MemorySource(await this.load()).pieces(pieceBytes)
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
