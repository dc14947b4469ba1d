/** A step of a plan before its memory is laid out. */
import type { Node } from '../../ir'
import type { CopyAxis } from './copy'
import type { Slot } from './slot'
import type { WeightSource } from './weights'

/** Another kernel for a step: the same values and numbers, other weights (input 1). */
export interface Alternative {
  readonly kernel: string
  readonly weights: WeightSource
  readonly note: string
  /** Share of the weights that it multiplies; all where nothing is said. */
  readonly density?: number
}

/** How bytes are made of floats: scale, zero point, 1 where signed. */
export type ByteRule = readonly [scale: number, zeroPoint: number, sign: number]

export interface Step {
  readonly kernel: string
  readonly inputs: readonly Slot[]
  readonly outputs: readonly Slot[]
  readonly parameters: readonly number[]
  /** The nodes that it computes. */
  readonly nodes: readonly Node[]
  /** More for people, such as a layout or a pattern of zeros. */
  readonly note: string | undefined
  alternatives?: readonly Alternative[]
  /** What it reads and is told when it also looks its result's bytes up in a table. */
  withTable?: ((table: Slot) => Partial<Step>) | undefined
  /** What it is when it also makes bytes of its result, behind which the floats themselves may be asked for. */
  withBytes?: ((rule: ByteRule, keepsFloats: boolean) => Partial<Step> | undefined) | undefined
  /** What it is told when it stores its result where a copy of the whole would put it. */
  withCopy?: ((axes: readonly CopyAxis[]) => Partial<Step> | undefined) | undefined
}
