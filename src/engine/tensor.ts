/** What a run gives: as much of onnxruntime-common's Tensor as code that reads results uses. */
import { badArgument } from '../errors'
import { countElements } from '../ir'
import type { FeedTensor } from '../runtime'

/** What a newer JavaScript has for halves. */
type HalfArray = new (buffer: ArrayBufferLike, offset: number, length: number) => ArrayBufferView

export class EngineTensor implements FeedTensor {
  readonly type: string
  readonly data: FeedTensor['data']
  readonly dims: readonly number[]
  readonly location = 'cpu'

  /** @param data of float16, bits; they are handed out as a Float16Array where there is such, as onnxruntime's are */
  constructor(type: string, data: FeedTensor['data'], dims: readonly number[]) {
    const { Float16Array } = globalThis as { Float16Array?: HalfArray }
    const areBits = type === 'float16' && data instanceof Uint16Array
    this.type = type
    this.data = areBits && Float16Array ? new Float16Array(data.buffer, data.byteOffset, data.length) : data
    this.dims = dims
  }

  /** Number of elements. */
  get size(): number {
    return countElements(this.dims)
  }

  /** The elements, as onnxruntime-common hands them out. */
  async getData(): Promise<FeedTensor['data']> {
    return this.data
  }

  /**
   * The same elements under other dims.
   * @throws OnnxpressError `BAD_ARGUMENT` when they ask for another number of elements
   */
  reshape(dims: readonly number[]): EngineTensor {
    if (countElements(dims) !== this.size) throw badArgument(`dims of ${this.size} elements`, 'reshape', dims)
    return new EngineTensor(this.type, this.data, [...dims])
  }

  /** Nothing to free: the memory is JavaScript's. */
  dispose(): void {}
}
