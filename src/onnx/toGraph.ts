import { NO_EXTRAS } from '../ir/extras'
import { Graph } from '../ir/graph'
import type { Node } from '../ir/node'
import type { SparseTensor } from '../ir/sparseTensor'
import type { Value } from '../ir/value'
import { tensorType } from '../ir/valueType'
import { type Context, malformed } from './context'
import { executionOrder } from './executionOrder'
import type { GraphProto, NodeProto, SparseTensorProto, TensorProto, ValueInfoProto } from './proto'
import { toAttribute } from './toAttribute'
import { toExtras } from './toExtras'
import { toSparseTensor } from './toSparseTensor'
import { toTensor } from './toTensor'
import { toType } from './toType'

/** What a graph's message and a function's message have in common. */
export interface BodyProto {
  readonly node: readonly NodeProto[]
  readonly valueInfo: readonly ValueInfoProto[]
  readonly at: number
}

/**
 * Builds a graph: first all its values, then its nodes, so that nodes and subgraphs can refer to values by name.
 * @param outer the graph around this one
 */
export function toGraph(proto: GraphProto, context: Context, outer?: Graph): Graph {
  const graph = new Graph(proto.name ?? '', outer)
  graph.extras = toExtras(proto)
  for (const input of proto.input) {
    graph.addInput(declare(graph, input.name ?? '', context, input.at))
    describeValue(graph, input, context)
  }
  for (const tensor of proto.initializer) addInitializer(graph, tensor, context)
  for (const sparse of proto.sparseInitializer) addSparse(graph, sparse, context)
  addBody(graph, proto, context)
  for (const output of proto.output) addOutput(graph, output, context)
  return graph
}

/** Adds nodes, the values that they make, and what is known about these. */
export function addBody(graph: Graph, proto: BodyProto, context: Context): void {
  for (const node of proto.node) {
    for (const name of node.output) if (name) declare(graph, name, context, node.at)
  }
  for (const info of proto.valueInfo) describeValue(graph, info, context)
  for (const node of executionOrder(proto.node, context)) addNode(graph, node, context)
}

/** The value of that name, which a node or an output reads. */
export function resolve(graph: Graph, name: string, context: Context, at: number): Value {
  const value = graph.find(name)
  if (value) return value
  const message = `Expected ${JSON.stringify(name)} to be an input, an initializer or made by a node; nothing makes it`
  throw malformed(context, message, at, name)
}

/** A new value, the first of its name. */
export function declare(graph: Graph, name: string, context: Context, at: number): Value {
  if (name === '') throw malformed(context, 'Expected a value to have a name, found an empty one', at)
  if (!graph.own(name)) return graph.declareValue(name)
  const message = `Expected each value of a graph to be made once, found ${JSON.stringify(name)} twice`
  throw malformed(context, message, at, name)
}

function describeValue(graph: Graph, info: ValueInfoProto, context: Context): void {
  const value = graph.own(info.name ?? '')
  // Files keep types of values that are gone; there is nothing left to describe.
  if (!value) return
  if (info.type && !value.initializer) value.type = toType(info.type, context)
  const extras = toExtras(info)
  if (extras !== NO_EXTRAS) value.extras = { ...value.extras, ...extras }
}

function addInitializer(graph: Graph, proto: TensorProto, context: Context): void {
  const tensor = toTensor(proto, context)
  const value = constantValue(graph, tensor.name, context, proto.at)
  value.initializer = tensor
  value.type ??= tensorType(tensor.dataType, tensor.shape)
}

function addSparse(graph: Graph, proto: SparseTensorProto, context: Context): void {
  const sparse: SparseTensor = toSparseTensor(proto, context)
  const value = constantValue(graph, sparse.name, context, proto.at)
  value.sparseInitializer = sparse
  value.type ??= { kind: 'sparseTensor', dataType: sparse.values.dataType, shape: sparse.shape }
}

/** Initializers may share their name with a graph input, whose default they then are; else they are new values. */
function constantValue(graph: Graph, name: string, context: Context, at: number): Value {
  const input = graph.own(name)
  const isFree = input && !input.initializer && !input.sparseInitializer
  return isFree ? input : declare(graph, name, context, at)
}

function addNode(graph: Graph, proto: NodeProto, context: Context): void {
  const find = (name: string) => (name ? resolve(graph, name, context, proto.at) : undefined)
  const node = graph.add(proto.opType ?? '', proto.input.map(find), {
    outputs: proto.output.map((name) => (name ? graph.own(name) : undefined)),
    domain: proto.domain ?? '',
    overload: proto.overload ?? '',
    name: proto.name ?? '',
  })
  node.extras = toExtras(proto)
  for (const attribute of proto.attribute) {
    const name = attribute.name ?? ''
    if (node.attributes.has(name)) throw twice(name, node, context, attribute.at)
    node.setAttribute(
      name,
      toAttribute(attribute, context, (inner) => toGraph(inner, context, graph)),
    )
  }
}

function twice(name: string, node: Node, context: Context, at: number) {
  return malformed(
    context,
    `Expected attribute ${JSON.stringify(name)} of ${node.label} once, found it twice`,
    at,
    node.label,
  )
}

function addOutput(graph: Graph, info: ValueInfoProto, context: Context): void {
  const value = resolve(graph, info.name ?? '', context, info.at)
  graph.addOutput(value)
  describeValue(graph, info, context)
}
