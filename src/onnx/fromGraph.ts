import type { Graph } from '../ir/graph'
import type { Node } from '../ir/node'
import type { Value } from '../ir/value'
import { fromAttribute } from './fromAttribute'
import { fromSparseTensor, fromTensor, type PlaceTensor, placeInside } from './fromTensor'
import { fromType } from './fromType'
import type { GraphProto, NodeProto, ValueInfoProto } from './proto'
import { fromExtras } from './toExtras'

/** A graph as a message. */
export function fromGraph(graph: Graph, place: PlaceTensor): GraphProto {
  const values = [...graph.values]
  return {
    at: 0,
    ...fromExtras(graph.extras),
    node: fromNodes(graph, place),
    name: graph.name || undefined,
    input: graph.inputs.map(fromValue),
    output: graph.outputs.map(fromValue),
    valueInfo: fromValues(graph),
    initializer: values.flatMap((value) =>
      value.initializer ? [fromTensor(value.initializer, place, value.name)] : [],
    ),
    sparseInitializer: values.flatMap((value) =>
      value.sparseInitializer ? [fromSparseTensor(value.sparseInitializer, value.name)] : [],
    ),
  }
}

export function fromNodes(graph: Graph, place: PlaceTensor): NodeProto[] {
  return graph.nodes.map((node) => fromNode(node, place))
}

/** Types of values that are neither inputs nor outputs; initializers say their type themselves. */
export function fromValues(graph: Graph): ValueInfoProto[] {
  return [...graph.values].filter(needsInfo).map(fromValue)
}

function needsInfo(value: Value): boolean {
  if (value.isGraphInput || value.isGraphOutput) return false
  if (Object.keys(value.extras).length > 0) return true
  return value.type !== undefined && !value.initializer && !value.sparseInitializer
}

function fromValue(value: Value): ValueInfoProto {
  return { at: 0, ...fromExtras(value.extras), name: value.name, type: value.type && fromType(value.type) }
}

function fromNode(node: Node, place: PlaceTensor): NodeProto {
  // Runtimes follow external data in initializers and Constant nodes, not in attributes of other operations.
  const placeAttribute = node.is('Constant') ? place : placeInside
  return {
    at: 0,
    ...fromExtras(node.extras),
    input: node.inputs.map((input) => input?.name ?? ''),
    output: node.outputs.map((output) => output?.name ?? ''),
    name: node.name || undefined,
    opType: node.opType,
    domain: node.domain || undefined,
    overload: node.overload || undefined,
    attribute: [...node.attributes].map(([name, attribute]) =>
      fromAttribute(name, attribute, placeAttribute, (inner) => fromGraph(inner, place)),
    ),
  }
}
