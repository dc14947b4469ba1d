import { OnnxpressError } from '../errors'
import { byteLengthOf } from '../ir/dataType'
import type { SparseTensor } from '../ir/sparseTensor'
import { countElements } from '../ir/tensor'
import { BOMB_RATIO } from './limits'

/** What an empty string takes in a runtime's memory. */
const STRING_BYTES = 32

/**
 * Adds up what a model's sparse tensors take when runtimes make them dense, and refuses models that are small in the
 * file and huge then: 79 bytes can declare gigabytes.
 */
export class SparseMeter {
  private dense = 0
  private present = 0

  /** @param limitBytes bytes of all sparse tensors in dense form */
  constructor(private readonly limitBytes: number) {}

  /** @throws OnnxpressError `LIMIT_EXCEEDED` */
  add(sparse: SparseTensor): void {
    this.dense += denseBytes(sparse)
    this.present += sparse.values.byteLength + sparse.indices.byteLength
    if (this.dense <= this.limitBytes || this.dense <= this.present * BOMB_RATIO) return
    throw new OnnxpressError(
      'LIMIT_EXCEEDED',
      `Expected sparse tensors of at most ${this.limitBytes} bytes in dense form, found ${this.dense} bytes declared ` +
        `by ${this.present} bytes; raise limits.sparseBytes if the file can be trusted`,
      { at: sparse.name },
    )
  }
}

function denseBytes({ values, shape }: SparseTensor): number {
  const elements = countElements(shape)
  return values.dataType === 'string' ? elements * STRING_BYTES : byteLengthOf(values.dataType, elements)
}
