/**
 * Keeps float layers float and 8-bit layers in 8 bits, where onnxruntime would fuse them otherwise.
 *
 * It takes a convolution or Gemm between DequantizeLinear and QuantizeLinear for one that was to be in 8 bits, and
 * quantizes its float weight itself, with one scale for the whole tensor. And it joins a Gemm with the activation
 * function behind it before it looks for 8-bit ones.
 *
 *     DequantizeLinear → Conv(w) → QuantizeLinear   →   DequantizeLinear → Conv(w) → Sum → QuantizeLinear
 *     DequantizeLinear → Gemm(DequantizeLinear) → Tanh   →   DequantizeLinear → Gemm(DequantizeLinear) → Sum → Tanh
 *
 * A Sum of one value is that value, and is no node that onnxruntime removes or looks through.
 */
import type { Graph, Node, Value } from '../../ir'

/** What onnxruntime joins with a Gemm. */
const ACTIVATIONS = [
  'Elu',
  'HardSigmoid',
  'LeakyRelu',
  'Relu',
  'Selu',
  'Sigmoid',
  'Softplus',
  'Softsign',
  'Tanh',
  'ThresholdedRelu',
]

/** Shields the layers of a graph that need it; returns how many there were. */
export function shieldLayers(graph: Graph): number {
  const exposed = graph.nodes.filter((node) => node.is('Conv', 'ConvTranspose', 'Gemm') && isExposed(node))
  for (const node of exposed) {
    const output = node.outputs[0] as Value
    const [use] = output.uses
    if (use) use.node.setInput(use.index, graph.add('Sum', [output], { before: use.node }).output())
  }
  return exposed.length
}

function isExposed(node: Node): boolean {
  const [input, weight] = node.inputs
  const [output] = node.outputs
  const [use, ...others] = output?.uses ?? []
  if (!input?.producer?.is('DequantizeLinear') || !use || others.length > 0 || output?.isGraphOutput)
    return false
  const isInt8 = weight?.producer?.is('DequantizeLinear') === true
  // Nodes inside subgraphs read from outside, which onnxruntime does not fuse.
  if (use.node.graph !== node.graph) return false
  return isInt8 ? node.is('Gemm') && use.node.is(...ACTIVATIONS) : use.node.is('QuantizeLinear')
}
