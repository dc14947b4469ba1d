/** Biases of layers, and what is added to them to make up for a changed weight. */
import { type Graph, type Node, Tensor, type Value } from '../../ir'
import type { Layer } from './layer'

/** The layer's own bias plus a correction, one number an output; undefined when there is neither. */
export function correctedBias(layer: Layer, correction: Float64Array | undefined): Float64Array | undefined {
  const bias = layer.bias?.constant
  const length = correction?.length ?? bias?.size
  if (length === undefined || (!bias && !correction)) return undefined
  const own = bias?.elements as Float32Array | undefined
  return Float64Array.from({ length }, (_, output) => (own?.[output] ?? 0) + (correction?.[output] ?? 0))
}

/** A new float bias. */
export function floatBias(graph: Graph, bias: Float64Array, name: string): Value {
  return graph.addInitializer(
    Tensor.from('float32', [bias.length], Float32Array.from(bias)),
    `${name}_corrected`,
  )
}

/**
 * Adds a correction to what a layer adds to its outputs. A convolution or Gemm without bias gets one; a MatMul has the
 * Add behind it. A bias that nobody reads any more is forgotten. Returns whether there was a place for it.
 */
export function correctBias(graph: Graph, layer: Layer, correction: Float64Array): boolean {
  if (layer.kind === 'matmul') {
    const slot = followingBias(layer)
    const old = slot?.node.input(slot.index)
    const hasPlace = correctFollowingAdd(graph, layer, correction)
    forgetBias(old)
    return hasPlace
  }
  const bias = correctedBias(layer, correction)
  if (bias) layer.node.setInput(2, floatBias(graph, bias, biasName(layer)))
  forgetBias(layer.bias)
  return bias !== undefined
}

function forgetBias(value: Value | undefined): void {
  if (value?.initializer && value.isUnused && !value.isGraphInput) value.graph.forget(value)
}

export function biasName(layer: Layer): string {
  return layer.bias?.name ?? `${layer.weight.name}_bias`
}

/**
 * Moves a matrix product's correction into the bias that an Add behind it adds. Without such an Add it is left out: a
 * node of its own would cost more than it mends.
 */
export function correctFollowingAdd(
  graph: Graph,
  layer: Layer,
  correction: Float64Array | undefined,
): boolean {
  const slot = followingBias(layer)
  if (!slot || slot.bias.size !== correction?.length) return false
  const own = slot.bias.elements as Float32Array
  const corrected = Float64Array.from(correction, (value, output) => value + (own[output] ?? 0))
  slot.node.setInput(slot.index, floatBias(graph, corrected, slot.bias.name))
  return true
}

/** Whether {@link correctBias} has a place for a correction. */
export function takesCorrection(layer: Layer): boolean {
  if (layer.kind !== 'matmul') return true
  return followingBias(layer)?.bias.size === layer.weight.constant?.shape[layer.channelAxis]
}

/** The constant vector that an Add behind a matrix product adds, and the input that it is. */
function followingBias(layer: Layer): { node: Node; index: number; bias: Tensor } | undefined {
  const output = layer.node.outputs[0]
  const [use] = output?.uses ?? []
  if (!output || !use || output.uses.length !== 1 || !use.node.is('Add')) return undefined
  const index = 1 - use.index
  const bias = use.node.inputs[index]?.constant
  return bias?.dataType === 'float32' && bias.shape.length === 1 ? { node: use.node, index, bias } : undefined
}
