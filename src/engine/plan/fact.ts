/** What a plan knows about a value: all of it is concrete, since a plan is made for certain input shapes. */
import { byteLengthOf, countElements, type DataType, type Tensor } from '../../ir'
import type { Slot } from './slot'

/** How the integers of a quantized value become numbers: (q − zeroPoint) · scale. */
export interface Quantization {
  readonly scale: Tensor
  readonly zeroPoint: Tensor | undefined
  /** The axis along which they differ, where there are several. */
  readonly axis: number
  /** Where each holds for a block along that axis: how long a block is. Scales then have as many axes as the value. */
  readonly block?: number | undefined
}

export class Fact {
  /** The elements, where they are known before the plan runs. */
  constant: Tensor | undefined
  /** Where the elements lie in row-major order; undefined until something asks for them. */
  slot: Slot | undefined
  /** Set where this is the float value of integers, which need not be computed unless something reads it. */
  dequantized: { readonly from: Fact; readonly by: Quantization } | undefined
  /** Of 8-bit images: where they lie as `[C / 4][H · W][4]`, unsigned: int8 values with 128 added. */
  panels: Slot | undefined
  /** Of 8-bit values: where they lie in rows, unsigned likewise; of uint8 values the same as `slot`. */
  unsigned: Slot | undefined
  /** Set where each byte is the entry of a table at the byte of another value, which need not be looked up before. */
  derived: { readonly base: Fact; readonly table: Uint8Array } | undefined
  /** Set where the elements are those of another value in another order, which products read as they lie. */
  strided: { readonly base: Fact; readonly strides: readonly number[] } | undefined
  /** How to bring the elements into a form when something asks for it; `constant`: as one, if that can be. */
  make: {
    readonly [Form in 'slot' | 'panels' | 'unsigned']?: () => Slot
  } & { readonly constant?: () => Tensor | undefined } = {}

  constructor(
    readonly dataType: DataType,
    readonly shape: readonly number[],
  ) {}

  static constant(tensor: Tensor): Fact {
    const fact = new Fact(tensor.dataType, tensor.shape)
    fact.constant = tensor
    return fact
  }

  static at(dataType: DataType, shape: readonly number[], slot: Slot): Fact {
    const fact = new Fact(dataType, shape)
    fact.slot = slot
    return fact
  }

  get rank(): number {
    return this.shape.length
  }

  get size(): number {
    return countElements(this.shape)
  }

  get bytes(): number {
    return byteLengthOf(this.dataType, this.size)
  }

  /** The size of an axis, counted from the end where it is negative. */
  dim(axis: number): number {
    return this.shape.at(axis) ?? 1
  }
}
