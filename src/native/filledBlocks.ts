/** Blocks of a weight that are not all zero. cpp/sparsity/filledBlocks.h is the contract. */
import { addon } from './addon'
import { asBadArgument } from './arguments'

/** A weight [outputs, inputs, taps], cut into blocks of `rows` outputs by `columns` inputs at one tap. */
export interface BlockGrid {
  readonly outputs: number
  readonly inputs: number
  readonly taps: number
  readonly rows: number
  readonly columns: number
}

/**
 * How many blocks hold anything but zeros; those at the ends may be smaller. On the calling thread, at the speed of
 * memory.
 * @throws {OnnxpressError} `BAD_ARGUMENT` for sizes below 1, or elements of another number or type
 */
export function filledBlocks(elements: Float32Array | Int8Array | Uint8Array, grid: BlockGrid): number {
  const { outputs, inputs, taps, rows, columns } = grid
  try {
    return addon().filledBlocks(elements, outputs, inputs, taps, rows, columns)
  } catch (error) {
    throw asBadArgument(error)
  }
}
