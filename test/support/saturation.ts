/**
 * Where onnxruntime's 8-bit products saturate (x86 without VNNI), what it makes of weights in all 8 bits is wrong, and no
 * measure of ours: weights of these tests keep to 7 bits there. Of those in 8, the kernels' own tests have an exact twin.
 */
import { bytesSaturate } from '../../src/compress/saturation'

const SATURATES = bytesSaturate()

/** The largest magnitude of a weight with which onnxruntime's products are right on this processor. */
export const LARGEST_WEIGHT = SATURATES ? 63 : 127

/** Options of quantization that keep to it. */
export const RIGHT_HERE: { readonly reduceRange?: true } = SATURATES ? { reduceRange: true } : {}
