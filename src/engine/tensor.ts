/** What a run gives: as much of onnxruntime-common's Tensor as code that reads results uses. */
import { badArgument } from '../errors'
import { countElements } from '../ir'
import type { FeedTensor } from '../runtime'

export class EngineTensor implements FeedTensor {
  readonly location = 'cpu'

  constructor(
    readonly type: string,
    readonly data: FeedTensor['data'],
    readonly dims: readonly number[],
  ) {}

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
