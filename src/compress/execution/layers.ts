/** The layers with weights of a model, and what of them is stored in few bits. */
import { bitsPerElement, type Graph, type Model, type Node, type Value, withSubgraphs } from '../../ir'
import { isInt8 } from './int8Operations'
import { type StoredTensors, storedTensors } from './storedTensors'

const FLOAT_LAYERS = ['Conv', 'ConvTranspose', 'Gemm', 'MatMul']

export interface WeightedLayer {
  readonly node: Node
  /** Whether the file itself names an integer operation here. */
  readonly isInteger: boolean
  /** Bits of one element of the stored weight; undefined where there is none to be found. */
  readonly weightBits: number | undefined
  /** Whether its activations come out of a DequantizeLinear. */
  readonly hasQuantizedInput: boolean
  /** Whether its output goes, perhaps through an activation function, into a QuantizeLinear. */
  readonly hasQuantizedOutput: boolean
}

/** Layers of the main graph and its subgraphs, in execution order; products of two activations are none. */
export function weightedLayers(model: Model): WeightedLayer[] {
  const stored: StoredTensors = new Map()
  return [...withSubgraphs(model.graph)].flatMap((graph) => layersOf(graph, stored))
}

function layersOf(graph: Graph, stored: StoredTensors): WeightedLayer[] {
  storedTensors(graph, stored)
  return [...graph].flatMap((node) => describeLayer(node, stored) ?? [])
}

function describeLayer(node: Node, stored: StoredTensors): WeightedLayer | undefined {
  const isInteger = isInt8(node) && !/^QLinear(?!Conv|MatMul)/.test(node.opType)
  if (!isInteger && !node.is(...FLOAT_LAYERS)) return undefined
  const weights = node.inputs.map((input) => input && stored.get(input))
  const at = node.is('MatMul') && !weights[1] ? 0 : 1
  if (!isInteger && !weights[at]) return undefined
  return {
    node,
    isInteger,
    weightBits: weights[at] && bitsPerElement(weights[at].dataType),
    hasQuantizedInput: node.inputs[1 - at]?.producer?.is('DequantizeLinear') ?? false,
    hasQuantizedOutput: isQuantized(node.output()),
  }
}

function isQuantized(value: Value | undefined): boolean {
  const readers = value?.consumers ?? []
  return readers.some(
    (reader) =>
      reader.is('QuantizeLinear') ||
      (readers.length === 1 && reader.is('Relu', 'Clip') && isQuantized(reader.output())),
  )
}
