/**
 * Puts factors into a graph in place of a layer. The layer's node stays, with its bias, and becomes the last of them: its
 * name, and that of its output, go on.
 */
import { type Attribute, attribute, type Graph, type Node, type Tensor, type Value } from '../../ir'
import type { Layer } from '../layer/layer'
import type { SchemeKind } from './scheme'

/** @param stages weights in the order in which they run */
export function writeStages(graph: Graph, layer: Layer, scheme: SchemeKind, stages: readonly Tensor[]): void {
  const { node, weight } = layer
  const attributes = stageAttributes(layer, scheme, stages)
  let x = layer.input
  stages.forEach((tensor, index) => {
    const value = graph.addInitializer(tensor, `${weight.name}_factor`)
    if (index === stages.length - 1) setLast(node, x, value, attributes[index] as Attributes)
    else x = addStage(graph, layer, x, value, attributes[index] as Attributes)
  })
  if (weight.isUnused && !weight.isGraphInput) weight.graph.forget(weight)
}

type Attributes = Readonly<Record<string, Attribute>>

function addStage(
  graph: Graph,
  { node, kind }: Layer,
  x: Value,
  weight: Value,
  attributes: Attributes,
): Value {
  const opType = kind === 'convTranspose' ? 'Conv' : node.opType
  // Names of values are unique, so those of nodes are that are called after them.
  const output = graph.createValue(`${node.name || node.output()?.name}_factor`)
  const name = node.name === '' ? '' : output.name
  graph.add(opType, [x, weight], { attributes, name, outputs: [output], before: node })
  return output
}

function setLast(node: Node, x: Value, weight: Value, attributes: Attributes): void {
  node.setInput(0, x)
  node.setInput(1, weight)
  for (const name of [...node.attributes.keys()]) if (!(name in attributes)) node.removeAttribute(name)
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
}

/** The attributes of each stage: one of them does what the layer did, the others take points, or one axis each. */
function stageAttributes({ node, kind }: Layer, scheme: SchemeKind, stages: readonly Tensor[]): Attributes[] {
  const own: Attributes = Object.fromEntries(node.attributes)
  if (kind === 'gemm' || kind === 'matmul') return stages.map(() => own)
  const kernels = stages.map(({ shape }) => shape.slice(2))
  if (scheme === 'spatial') return [oneAxis(own, 0, kernels[0]), oneAxis(own, 1, kernels[1])]
  const doing = kind === 'convTranspose' ? 1 : scheme === 'tucker' ? 1 : 0
  return kernels.map((kernel, index) => (index === doing ? own : { kernel_shape: attribute.ints(kernel) }))
}

/** What a convolution over two axes does along one of them. */
function oneAxis(own: Attributes, axis: 0 | 1, kernel: readonly number[] = []): Attributes {
  const along = (name: string, neutral: number, period: number) => {
    const found = own[name]
    if (found?.type !== 'ints') return {}
    const kept = found.value.map((value, at) => (at % period === axis ? value : neutral))
    return { [name]: attribute.ints(kept) }
  }
  return {
    ...own,
    kernel_shape: attribute.ints(kernel),
    ...along('strides', 1, 2),
    ...along('dilations', 1, 2),
    ...along('pads', 0, 2),
  }
}
