import type { Extras } from './extras'
import type { Tensor } from './tensor'

/**
 * A tensor given by its non-zero elements, ONNX's `SparseTensorProto`. It is kept as it came; whoever wants the dense
 * form must first check what it would cost, since a few bytes can declare gigabytes.
 */
export interface SparseTensor {
  readonly name: string
  /** The n non-zero elements; its name is the sparse tensor's. */
  readonly values: Tensor
  /** int64 positions: `[n]` linear or `[n, rank]` by axis. */
  readonly indices: Tensor
  /** Shape of the dense tensor. */
  readonly shape: readonly number[]
  readonly extras?: Extras
}
