/** Biases of layers, and what is added to them to make up for a changed weight. */
import { type Graph, Tensor, type Value } from '../../ir'
import { addToBias, biasBehind } from './addToBias'
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
  const hasPlace = takesCorrection(layer)
  if (hasPlace) addToBias(graph, layer.node, correction)
  return hasPlace
}

/** Whether {@link correctBias} has a place for a correction: a node of its own would cost more than it mends. */
export function takesCorrection({ kind, node, weight, channelAxis }: Layer): boolean {
  if (kind !== 'matmul') return true
  return biasBehind(node, weight.constant?.shape[channelAxis] ?? 0) !== undefined
}

export function biasName(layer: Layer): string {
  return layer.bias?.name ?? `${layer.weight.name}_bias`
}
