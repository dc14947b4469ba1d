/**
 * `quantize.equalize`: cross-layer equalization (Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization
 * and Bias Correction", §4.1).
 *
 *     Conv(W₁, b₁) → [ReLU] → Conv(W₂)   →   Conv(W₁/s, b₁/s) → [ReLU] → Conv(W₂·s)
 *
 * exact for any s > 0 per channel between them, since ReLU(x/s) = ReLU(x)/s. With s = √(r₁·r₂)/r₂, where r₁ and r₂ are
 * the largest weights that make and read a channel, all channels between get ranges of the same size, so that one
 * scale for the tensor serves all of them.
 */
import { Tensor, type Value } from '../../ir'
import { type Keep, keepPredicate } from '../keep'
import { findLayers, KEPT, type Layer } from '../layer/layer'
import type { Pass, PassContext, PassResult, Skip } from '../pass'

export interface EqualizeOptions {
  /** Nodes to leave alone. */
  readonly keep?: Keep
}

/** Sweeps over all pairs; a chain of layers settles in a few. */
const SWEEPS = 10

/** Evens out the ranges of channels between pairs of layers. Exact up to rounding, needs no samples. */
export function equalize({ keep }: EqualizeOptions = {}): Pass {
  return {
    name: 'quantize.equalize',
    options: keep === undefined ? {} : { keep: String(keep) },
    // Values between the layers change their scale, so statistics gathered before do not hold after.
    lossless: false,
    apply: (context) => apply(context, keep),
  }
}

interface Pair {
  readonly first: Layer
  readonly second: Layer
}

/** Float weights that are being scaled, by value. */
type Weights = Map<Value, Float64Array>

function apply({ graph }: PassContext, keep: Keep | undefined): PassResult {
  const found = findLayers(graph, keepPredicate(keep))
  const { layers } = found
  const byInput = new Map<Value, Layer>(layers.map((layer) => [layer.input, layer]))
  const skipped: Skip[] = found.skipped.filter(({ reason }) => reason === KEPT)
  const pairs = layers.flatMap((first) => {
    const found = pairOf(first, byInput)
    if (typeof found === 'string') skipped.push({ at: first.node.label, reason: found })
    return typeof found === 'object' ? [found] : []
  })
  const weights: Weights = new Map()
  for (const { first, second } of pairs)
    for (const value of [first.weight, first.bias, second.weight]) if (value) read(weights, value)
  for (let sweep = 0; sweep < SWEEPS; sweep++) for (const pair of pairs) equalizePair(pair, weights)
  for (const [value, numbers] of weights) write(value, numbers)
  return { changed: pairs.length, skipped }
}

/** The pair that a layer starts, why it starts none, or undefined where none was to be expected. */
function pairOf(first: Layer, byInput: ReadonlyMap<Value, Layer>): Pair | string | undefined {
  let value = first.node.outputs[0] as Value
  const relu = value.uses.length === 1 ? value.uses[0]?.node : undefined
  if (relu?.is('Relu') && !value.isGraphOutput) value = relu.outputs[0] as Value
  const second = byInput.get(value)
  if (!second || first.kind !== 'conv' || second.kind !== 'conv') return undefined
  if (value.uses.length !== 1 || value.isGraphOutput) return 'more than one node reads the channels between'
  if ([first.weight, second.weight, first.bias].some((each) => each && isShared(each)))
    return 'a weight is shared'
  if (second.node.int('group', 1) !== 1 && !isDepthwise(second)) return 'the next convolution is grouped'
  return { first, second }
}

function isShared(value: Value): boolean {
  return value.uses.length !== 1 || value.isGraphOutput
}

function isDepthwise({ node, weight }: Layer): boolean {
  const shape = weight.constant?.shape ?? []
  return shape[1] === 1 && node.int('group', 1) === shape[0]
}

function equalizePair({ first, second }: Pair, weights: Weights): void {
  const made = rows(first)
  const channels = made.count
  const reading = isDepthwise(second) ? rows(second) : columns(second)
  const w1 = weights.get(first.weight) as Float64Array
  const w2 = weights.get(second.weight) as Float64Array
  const bias = first.bias && weights.get(first.bias)
  for (let channel = 0; channel < channels; channel++) {
    const r1 = made.reach(w1, channel)
    const r2 = reading.reach(w2, channel)
    if (!(r1 > 0 && r2 > 0 && Number.isFinite(r1 + r2))) continue
    const s = Math.sqrt(r1 * r2) / r2
    made.scale(w1, channel, 1 / s)
    reading.scale(w2, channel, s)
    if (bias) bias[channel] = (bias[channel] ?? 0) / s
  }
}

/** Access to a convolution's weight [outputs, inputs, ...kernel] by channel. */
interface Channels {
  readonly count: number
  reach(weight: Float64Array, channel: number): number
  scale(weight: Float64Array, channel: number, factor: number): void
}

/** By output channel. */
function rows({ weight }: Layer): Channels {
  const [count = 0, ...rest] = weight.constant?.shape ?? []
  const size = rest.reduce((product, each) => product * each, 1)
  return strided(
    count,
    1,
    size,
    () => 0,
    (channel) => channel * size,
  )
}

/** By input channel. */
function columns({ weight }: Layer): Channels {
  const [outputs = 0, count = 0, ...kernel] = weight.constant?.shape ?? []
  const taps = kernel.reduce((product, each) => product * each, 1)
  return strided(
    count,
    outputs,
    taps,
    (output) => output * count * taps,
    (channel) => channel * taps,
  )
}

function strided(
  count: number,
  blocks: number,
  size: number,
  blockStart: (block: number) => number,
  channelStart: (channel: number) => number,
): Channels {
  const visit = (channel: number, each: (index: number) => void) => {
    for (let block = 0; block < blocks; block++) {
      const start = blockStart(block) + channelStart(channel)
      for (let index = start; index < start + size; index++) each(index)
    }
  }
  return {
    count,
    reach(weight, channel) {
      let largest = 0
      visit(channel, (index) => {
        largest = Math.max(largest, Math.abs(weight[index] ?? 0))
      })
      return largest
    },
    scale(weight, channel, factor) {
      visit(channel, (index) => {
        weight[index] = (weight[index] ?? 0) * factor
      })
    },
  }
}

function read(weights: Weights, value: Value): void {
  if (!weights.has(value)) weights.set(value, Float64Array.from(value.constant?.elements as Float32Array))
}

function write(value: Value, numbers: Float64Array): void {
  value.initializer = Tensor.from(
    'float32',
    value.constant?.shape ?? [],
    Float32Array.from(numbers),
    value.name,
  )
}
