import { type Attribute, graphsOf } from './attribute'
import type { ModelFunction } from './function'
import { Graph } from './graph'
import type { Node } from './node'
import type { Value } from './value'

type ValueMap = Map<Value, Value>

/** A deep copy of a graph and its subgraphs. Tensors and types are shared: they never change. */
export function cloneGraph(graph: Graph): Graph {
  return cloneInto(graph, new Graph(graph.name), new Map())
}

export function cloneFunctions(functions: readonly ModelFunction[]): ModelFunction[] {
  return functions.map((each) => ({ ...each, body: cloneGraph(each.body) }))
}

function cloneInto(graph: Graph, copy: Graph, values: ValueMap): Graph {
  copy.extras = graph.extras
  for (const value of graph.values) values.set(value, cloneValue(value, copy))
  for (const input of graph.inputs) copy.addInput(mapped(values, input))
  for (const node of graph) cloneNode(node, copy, values)
  for (const output of graph.outputs) copy.addOutput(mapped(values, output))
  return copy
}

function cloneValue(value: Value, graph: Graph): Value {
  const copy = graph.declareValue(value.name, value.type)
  copy.initializer = value.initializer
  copy.sparseInitializer = value.sparseInitializer
  copy.extras = value.extras
  return copy
}

function cloneNode(node: Node, graph: Graph, values: ValueMap): void {
  const { opType, domain, overload, name } = node
  const copy = graph.add(
    opType,
    node.inputs.map((input) => input && mapped(values, input)),
    {
      outputs: node.outputs.map((output) => output && mapped(values, output)),
      domain,
      overload,
      name,
    },
  )
  copy.extras = node.extras
  for (const [key, attribute] of node.attributes)
    copy.setAttribute(key, cloneAttribute(attribute, graph, values))
}

/** A copy of an attribute for a node of `graph`; its subgraphs read what stands for a value in `values`, or the value itself. */
export function cloneAttribute(attribute: Attribute, graph: Graph, values: ValueMap): Attribute {
  if (graphsOf(attribute).length === 0) return attribute
  const copies = graphsOf(attribute).map((each) => cloneInto(each, new Graph(each.name, graph), values))
  if (attribute.type === 'graphs') return { ...attribute, value: copies }
  return copies[0] ? ({ ...attribute, type: 'graph', value: copies[0] } as Attribute) : attribute
}

/** The copy of a value; a graph output that belongs to a graph outside the copied one stays itself. */
function mapped(values: ValueMap, value: Value): Value {
  return values.get(value) ?? value
}
