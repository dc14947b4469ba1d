/** Sums from which MSE, SNR and cosine are made. cpp/errorsums/errorsums.h is the contract, with its error bound. */
import { badArgument } from '../errors'
import { addon } from './addon'
import { allocate, requireFloat32, settled } from './arguments'
import type { QuantizeParams } from './quantize'
import { requireBounds, requireScales } from './scales'

/** Sums over all pairs of a reference `a` and what came of it, `b`. */
export interface ErrorSums {
  /** Sum of a². */
  readonly signal: number
  /** Sum of (a − b)². */
  readonly noise: number
  /** Sum of a·b. */
  readonly dot: number
  /** Sum of b². */
  readonly energy: number
  /** Largest |a − b|; pairs with NaN left out. */
  readonly maxAbsolute: number
}

/**
 * Sums in double; the same bits on every processor and for every number of threads. NaN and infinities in the arrays
 * show in the sums that they enter.
 * @throws {OnnxpressError} `BAD_ARGUMENT`
 */
export async function errorSums(reference: Float32Array, actual: Float32Array): Promise<ErrorSums> {
  requireFloat32(reference, 'reference of errorSums')
  requireFloat32(actual, 'actual of errorSums')
  if (actual.length !== reference.length) {
    throw badArgument(`${reference.length} elements, as in reference,`, 'actual of errorSums', actual.length)
  }
  const out = new Float64Array(5)
  await settled(addon().errorSums(reference, actual, out), 'errorSums')
  const [signal = 0, noise = 0, dot = 0, energy = 0, maxAbsolute = 0] = out
  return { signal, noise, dot, energy, maxAbsolute }
}

/**
 * What quantizing costs: the sum of `(x − dequantize(quantize(x)))²` for each channel (one when there is no layout),
 * without storing the integers. For the search of scales that lose least.
 * @throws {OnnxpressError} `BAD_ARGUMENT`
 */
export async function quantizationError(x: Float32Array, params: QuantizeParams): Promise<Float64Array> {
  const where = 'quantizationError'
  requireFloat32(x, `x of ${where}`)
  const { lengths, scales, zeroPoints } = requireScales(params, x.length, where)
  const bounds = requireBounds(params, where)
  const sums = allocate(Float64Array, lengths[1], where)
  await settled(addon().quantizationError(x, ...lengths, scales, zeroPoints, ...bounds, sums), where)
  return sums
}
