/** Another kernel for convolutions to a few pixels. */
import type { Tensor } from '../../ir'
import type { Alternative } from '../plan/step'
import type { WeightLayout } from './zeros'

/** Half of the longest vector. */
const MOST_PIXELS = 8

/** Weights that are used as soon as they are read, where outputs fill vectors and pixels do not. */
export function forFewPixels(
  tensor: Tensor,
  { outputs, inputs, taps }: WeightLayout,
  pixels: number,
): Alternative[] {
  if (pixels > MOST_PIXELS) return []
  const depth = inputs * taps
  const weights = { tensor, form: 'gemm.right', parameters: [1, outputs, depth, depth, 1, 0] }
  return [{ kernel: 'pixelconv', weights, note: 'few pixels' }]
}
