/**
 * Affine steps: nodes that compute `y = scale · x + shift` with constants that differ at most from channel to channel.
 * All arithmetic here is float64; whoever writes the result rounds once.
 */
import type { Node, Tensor, Value } from '../../ir'

/** Where the channels of a value are: how many axes come after theirs, and how many there are in all if known. */
export interface Layout {
  readonly trailing: number
  readonly rank: number | undefined
  /** The operator set, which older normalizations depend on. */
  readonly opset?: number
}

/** Numbers by channel; a single one stands for all channels. */
export type Channels = Float64Array

export interface Affine {
  readonly node: Node
  readonly input: Value
  readonly scale: Channels
  readonly shift: Channels
}

const ONE = Float64Array.of(1)
const ZERO = Float64Array.of(0)

/** What a node does to a value of that layout, if it is affine by channel. */
export function readAffine(node: Node, layout: Layout): Affine | undefined {
  if (node.is('BatchNormalization')) return readBatchNormalization(node, layout)
  if (node.is('Neg')) return node.inputs[0] && step(node, node.inputs[0], Float64Array.of(-1), ZERO)
  if (!node.is('Mul', 'Div', 'Add', 'Sub') || node.inputs.length !== 2) return undefined
  const [first, second] = node.inputs as [Value, Value]
  const right = !!second.constant && !first.constant
  const [input, constant] = right ? [first, second] : [second, first]
  const vector = !input.constant && constant.constant && channelsOf(constant.constant, layout)
  if (!vector) return undefined
  switch (node.opType) {
    case 'Mul':
      return step(node, input, vector, ZERO)
    case 'Add':
      return step(node, input, ONE, vector)
    case 'Sub':
      return right
        ? step(
            node,
            input,
            ONE,
            vector.map((c) => -c),
          )
        : step(node, input, Float64Array.of(-1), vector)
    default:
      return right
        ? step(
            node,
            input,
            vector.map((c) => 1 / c),
            ZERO,
          )
        : undefined
  }
}

function step(node: Node, input: Value, scale: Channels, shift: Channels): Affine {
  return { node, input, scale, shift }
}

/** y = γ (x − μ) / √(σ² + ε) + β, of a normalization that uses the statistics it has and not those of its input. */
function readBatchNormalization(node: Node, layout: Layout): Affine | undefined {
  if (whyNotFixed(node, layout.opset) || layout.rank === undefined || layout.trailing !== layout.rank - 2)
    return undefined
  const tensors = node.inputs.slice(1, 5).map((input) => input?.constant && floatsOf(input.constant))
  const [gamma, beta, mean, variance] = tensors
  const input = node.input(0)
  if (!gamma || !beta || !mean || !variance || !input) return undefined
  const epsilon = node.float('epsilon', 1e-5)
  const scale = gamma.map((g, c) => g / Math.sqrt((variance[c] ?? 0) + epsilon))
  return step(
    node,
    input,
    scale,
    beta.map((b, c) => b - (mean[c] ?? 0) * (scale[c] ?? 0)),
  )
}

/** Why a BatchNormalization does not compute the same for each sample of a channel, or undefined. */
export function whyNotFixed(node: Node, opset = 7): string | undefined {
  const isTest = node.int('is_test', opset < 7 ? 0 : 1) !== 0
  if (node.int('training_mode', 0) !== 0 || !isTest) return 'it is in training mode'
  if (node.outputs.slice(1).some((output) => output && !output.isUnused))
    return 'its running statistics are read'
  return node.int('spatial', 1) === 0 ? 'it normalizes every position on its own (spatial = 0)' : undefined
}

/** The numbers of a float constant that broadcasts along the channels of a value and along nothing else. */
export function channelsOf(tensor: Tensor, { trailing, rank }: Layout): Channels | undefined {
  if (tensor.shape.length > (rank ?? trailing + 1)) return undefined
  const channelAxis = tensor.shape.length - 1 - trailing
  return tensor.shape.every((size, axis) => size === 1 || axis === channelAxis) ? floatsOf(tensor) : undefined
}

/** Elements as float64, of float32 and float64 tensors. */
export function floatsOf(tensor: Tensor): Float64Array | undefined {
  if (tensor.dataType !== 'float32' && tensor.dataType !== 'float64') return undefined
  return Float64Array.from(tensor.elements as Float32Array | Float64Array)
}

/** A pure factor by one number: what Mul, Div and Neg with a scalar do. */
export function isUnitScale(affine: Affine): boolean {
  return affine.scale.every((s) => s === 1)
}

export function isZeroShift(affine: Affine): boolean {
  return affine.shift.every((t) => t === 0)
}

/** `second` after `first`: s₂(s₁x + t₁) + t₂. */
export function compose(
  first: Pick<Affine, 'scale' | 'shift'>,
  second: Affine,
): { scale: Channels; shift: Channels } {
  const length = Math.max(
    ...[first.scale, first.shift, second.scale, second.shift].map((each) => each.length),
  )
  const scale = new Float64Array(length)
  const shift = new Float64Array(length)
  for (let c = 0; c < length; c++) {
    scale[c] = at(first.scale, c) * at(second.scale, c)
    shift[c] = at(second.scale, c) * at(first.shift, c) + at(second.shift, c)
  }
  return { scale, shift }
}

/** The number of channel `c`. */
export function at(channels: Channels, c: number): number {
  return (channels.length === 1 ? channels[0] : channels[c]) ?? Number.NaN
}

/** The node that alone reads a value in its own graph, if the value is nobody else's. */
export function onlyReader(value: Value | undefined): Node | undefined {
  const [use, ...others] = value?.uses ?? []
  if (!use || others.length > 0 || value?.isGraphOutput) return undefined
  return use.node.graph === value?.graph ? use.node : undefined
}

/** The affine steps that follow a value one after the other, each the only reader of the one before. */
export function affineChain(
  start: Value | undefined,
  layout: Layout,
  stop: (node: Node) => boolean,
): Affine[] {
  const chain: Affine[] = []
  for (let value = start; value; value = chain.at(-1)?.node.output()) {
    const reader = onlyReader(value)
    const affine = reader && !stop(reader) ? readAffine(reader, layout) : undefined
    if (affine?.input !== value) break
    chain.push(affine)
  }
  return chain
}
