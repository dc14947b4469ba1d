/**
 * Room for biases in int32. The bias of an 8-bit layer is a whole number of (input scale × weight scale), so a channel of
 * almost no weight would need a larger one than int32 holds. Left in float it would not do: onnxruntime turns float biases
 * of 8-bit layers into int32 itself, whether they fit or not. Such channels get a larger scale instead, which rounds
 * weights away that are nothing beside their bias: each by at most bias / (2³⁰ · input scale).
 */
import type { Layer } from '../layer/layer'
import { type QuantizedWeight, weightLayout } from './weights'

/** The largest bias; what is left of int32 is for the sums of products that it is added to. */
const LARGEST_BIAS = 2 ** 29

/** The same weight, its scales large enough for its bias. */
export function makeRoomForBias(
  layer: Layer,
  weight: QuantizedWeight,
  bias: Float64Array | undefined,
  inputScale: number,
): QuantizedWeight {
  if (!bias) return weight
  const scales = weight.scales.map((scale, channel) =>
    Math.max(scale, Math.abs(bias[channel] ?? 0) / (LARGEST_BIAS * inputScale)),
  )
  if (!scales.every(Number.isFinite) || scales.every((scale, channel) => scale === weight.scales[channel]))
    return weight
  return { ...weight, scales, values: rescaled(layer, weight, scales), variant: layer.key }
}

function rescaled(layer: Layer, { values, scales }: QuantizedWeight, larger: Float32Array): Int8Array {
  const { channels, inner } = weightLayout(layer.weight.constant?.shape ?? [], layer.channelAxis)
  return values.map((value, index) => {
    const channel = Math.floor(index / inner) % channels
    return Math.round((value * (scales[channel] ?? 0)) / (larger[channel] ?? 1))
  })
}
