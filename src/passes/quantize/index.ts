import { quantizeDynamic } from './dynamic'
import { equalize } from './equalize'
import { quantizeStatic } from './static'
import { quantizeWeights } from './weightsOnly'

export type { DynamicOptions } from './dynamic'
export type { EqualizeOptions } from './equalize'
export type { StaticOptions } from './staticOptions'
export type { WeightsOptions } from './weightsOnly'

/** Passes that store and run weights in 8 bits. */
export const quantize = {
  static: quantizeStatic,
  dynamic: quantizeDynamic,
  weights: quantizeWeights,
  equalize,
}
