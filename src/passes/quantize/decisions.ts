import type { Layer } from '../layer/layer'

/** How one layer is stored and run. */
export type Precision =
  /** 8-bit weights and activations. */
  | 'int8'
  /** 8-bit weights, float activations. */
  | 'stored'
  /** Left as it was. */
  | 'float'

/** One way to quantize a model. */
export interface Decisions {
  precision(layer: Layer): Precision
}

export const allInt8: Decisions = { precision: () => 'int8' }
