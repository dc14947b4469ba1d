import type { Graph } from './graph'
import type { Model } from './model'
import type { Node } from './node'
import type { Value } from './value'

/** A graph and every graph inside it, outermost first. */
export function* withSubgraphs(graph: Graph): Iterable<Graph> {
  yield graph
  for (const node of graph) for (const inner of node.subgraphs) yield* withSubgraphs(inner)
}

/** Every graph of a model: the main one, all subgraphs, and the bodies of functions. */
export function* allGraphs(model: Model): Iterable<Graph> {
  yield* withSubgraphs(model.graph)
  for (const each of model.functions) yield* withSubgraphs(each.body)
}

/** Every node of a graph and of the graphs inside it. */
export function* allNodes(graph: Graph): Iterable<Node> {
  for (const each of withSubgraphs(graph)) yield* each
}

/** The values that a node reads, those that its subgraphs take from around it included. */
export function* valuesRead(node: Node): Iterable<Value> {
  for (const input of node.inputs) if (input) yield input
  for (const inner of node.subgraphs) {
    for (const nested of inner) for (const value of valuesRead(nested)) if (value.graph !== inner) yield value
    for (const output of inner.outputs) if (output.graph !== inner) yield output
  }
}
