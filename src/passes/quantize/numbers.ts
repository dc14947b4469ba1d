/** Scales and zero points of 8-bit numbers: `real = (q − zeroPoint) · scale`. */
import type { Range } from '../../calibrate/statistics'
import { Tensor } from '../../ir'

/** 8-bit types for activations: uint8 is what onnxruntime's x86 kernels are fastest with. */
export type ActivationType = 'uint8' | 'int8'

export interface Affine {
  /** A float32 number above 0. */
  readonly scale: number
  readonly zeroPoint: number
}

/** The smallest scale that is used: below it, float32 products with int32 biases lose their meaning. */
const SMALLEST_SCALE = 2 ** -40

export const LIMITS: Readonly<Record<ActivationType, readonly [low: number, high: number]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
}

/** Scale and zero point that spread a range over all values of a type; 0 is exact. */
export function affineOf(range: Range, type: ActivationType): Affine {
  const [low, high] = LIMITS[type]
  const min = Math.min(0, range.min)
  const max = Math.max(0, range.max)
  const scale = Math.fround(Math.max((max - min) / (high - low), SMALLEST_SCALE))
  const zeroPoint = clamp(Math.round(low - min / scale), low, high)
  return { scale, zeroPoint }
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}

export function scaleTensor(scale: number): Tensor {
  return Tensor.float32([scale])
}

export function zeroPointTensor(type: ActivationType, zeroPoint: number): Tensor {
  return Tensor.from(type, [], type === 'uint8' ? Uint8Array.of(zeroPoint) : Int8Array.of(zeroPoint))
}
