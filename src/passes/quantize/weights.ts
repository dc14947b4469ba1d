/**
 * Weights in 8 bits, symmetric, one scale an output channel:
 *
 *     q = clamp(round(w / scale), −levels, levels)      scale = max|w of the channel| / levels
 *
 * with levels 127, or 63 when the range is reduced (processors without VNNI add pairs of products in 16 bits, which
 * saturate above that). What rounding shifts the mean of an output by is known from the means of the inputs, and is
 * taken off the bias (Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction",
 * §4.2): correction[o] = −Σᵢ (ŵ − w)[o,i] · mean(x)[i].
 */

import type { Tensor } from '../../ir'
import { type ChannelLayout, type ChannelRanges, minMaxPerChannel, quantize } from '../../native'
import type { Layer } from '../layer/layer'

export interface QuantizedWeight {
  readonly values: Int8Array
  /** One an output channel. */
  readonly scales: Float32Array
  /** What to add to each output's bias; undefined when the inputs' means are not known. */
  readonly correction: Float64Array | undefined
  /** Tells apart what became of one weight for several layers; left out where it is the same for all. */
  readonly variant?: string
}

/** How the elements of a weight lie around its output channels. */
export function weightLayout(shape: readonly number[], axis: number): ChannelLayout {
  const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1)
  return {
    outer: product(shape.slice(0, axis)),
    channels: shape[axis] ?? 1,
    inner: product(shape.slice(axis + 1)),
  }
}

/** One scale a channel; channels of zeros get 1. */
export async function channelScales(
  weight: Float32Array,
  layout: ChannelLayout,
  levels: number,
): Promise<Float32Array> {
  return channelScalesOf(await minMaxPerChannel(weight, layout), levels)
}

/** One scale a channel, from the smallest and largest element of each. */
export function channelScalesOf({ min, max }: ChannelRanges, levels: number): Float32Array {
  return Float32Array.from(min, (low, channel) => {
    const reach = Math.max(-low, max[channel] ?? 0)
    return reach > 0 && Number.isFinite(reach) ? Math.max(reach / levels, 2 ** -40) : 1
  })
}

/** Rounds elements to the nearest 8-bit numbers, symmetric, one scale a channel. */
export async function roundChannels(
  elements: Float32Array,
  layout: ChannelLayout,
  levels: number,
): Promise<{ values: Int8Array; scales: Float32Array }> {
  const scales = await channelScales(elements, layout, levels)
  const zeroPoint = new Int32Array(scales.length)
  const options = { zeroPoint, dataType: 'int8', layout, qmin: -levels, qmax: levels } as const
  return { values: await quantize(elements, { scale: scales, ...options }), scales }
}

/**
 * Rounds a layer's weight to the nearest 8-bit numbers.
 * @param scratch where to read what is not in memory; new memory if left out
 */
export async function roundToNearest(
  layer: Layer,
  levels: number,
  inputMeans: Float64Array | undefined,
  scratch?: Uint8Array,
): Promise<QuantizedWeight> {
  const tensor = layer.weight.constant as Tensor
  const layout = weightLayout(tensor.shape, layer.channelAxis)
  const weight = (await tensor.load(scratch)) as Float32Array
  const { values, scales } = await roundChannels(weight, layout, levels)
  return { values, scales, correction: biasCorrection(layer, weight, values, scales, inputMeans) }
}

/** See the head of this file. Undefined for layers whose input means are not known or do not fit. */
export function biasCorrection(
  layer: Layer,
  weight: Float32Array,
  values: Int8Array,
  scales: Float32Array,
  means: Float64Array | undefined,
): Float64Array | undefined {
  const shape = layer.weight.constant?.shape ?? []
  if (!means?.every(Number.isFinite) || layer.kind === 'convTranspose') return undefined
  const contract = layer.kind === 'conv' ? contractConv : contractMatrix
  return contract(
    layer,
    shape,
    (index, channel) => (values[index] ?? 0) * (scales[channel] ?? 0) - (weight[index] ?? 0),
    means,
  )
}

type Difference = (index: number, channel: number) => number

/** Weight [outputs, inputs / groups, ...kernel]. */
function contractConv(layer: Layer, shape: readonly number[], difference: Difference, means: Float64Array) {
  const [outputs = 0, inputs = 0, ...kernel] = shape
  const groups = layer.node.int('group', 1)
  if (means.length !== inputs * groups) return undefined
  const taps = kernel.reduce((product, size) => product * size, 1)
  const correction = new Float64Array(outputs)
  for (let output = 0; output < outputs; output++) {
    const first = Math.floor(output / (outputs / groups)) * inputs
    let sum = 0
    for (let input = 0; input < inputs; input++) {
      let shift = 0
      const start = (output * inputs + input) * taps
      for (let tap = start; tap < start + taps; tap++) shift += difference(tap, output)
      sum += shift * (means[first + input] ?? 0)
    }
    correction[output] = -sum
  }
  return correction
}

/** Weight [inputs, outputs], or [outputs, inputs] where the channel axis is 0. */
function contractMatrix(layer: Layer, shape: readonly number[], difference: Difference, means: Float64Array) {
  const [rows = 0, columns = 0] = shape
  const isTransposed = layer.channelAxis === 0
  const [outputs, inputs] = isTransposed ? [rows, columns] : [columns, rows]
  if (means.length !== inputs) return undefined
  const correction = new Float64Array(outputs)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [output, input] = isTransposed ? [row, column] : [column, row]
      correction[output] =
        (correction[output] ?? 0) - difference(row * columns + column, output) * (means[input] ?? 0)
    }
  }
  return correction
}
