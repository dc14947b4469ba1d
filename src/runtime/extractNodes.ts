/** Part of a model as a model of its own. */
import type { Graph, Model, Node, ValueType } from '../ir'
import { dropOutputs, valueNamed } from './withOutputs'

export interface Extract {
  /** Nodes of the model's main graph. */
  readonly nodes: ReadonlySet<Node>
  /** Names of values that these nodes make: the outputs, in that order. */
  readonly outputs: readonly string[]
  /** Types of values by name; needed for those that other nodes make and these read. */
  readonly types: ReadonlyMap<string, ValueType>
}

/**
 * A model of some of another's nodes; the weights are shared. What other nodes make and these read becomes an input, of
 * the same name; inputs and weights that nobody reads any more are left out.
 */
export function extractNodes<M extends Model>(model: M, { nodes, outputs, types }: Extract): M {
  const copy = model.clone()
  const { graph } = copy
  const originals = model.graph.nodes
  const dropped = graph.nodes.filter((_, index) => !nodes.has(originals[index] as Node))
  dropOutputs(graph)
  for (const name of new Set(outputs)) graph.addOutput(valueNamed(graph, name))
  for (const node of dropped.reverse()) dropNode(graph, node, types)
  for (const input of [...graph.inputs]) if (input.isUnused) graph.removeInput(input)
  for (const value of [...graph.values])
    if (value.isUnused && !value.producer && !value.isGraphInput) graph.forget(value)
  return copy
}

/** Removes a node; what is still read of it becomes an input. */
function dropNode(graph: Graph, node: Node, types: ReadonlyMap<string, ValueType>): void {
  for (const [index, output] of node.outputs.entries()) {
    if (!output || output.isUnused) continue
    node.setOutput(index, undefined)
    output.type = types.get(output.name) ?? output.type
    graph.addInput(output)
  }
  graph.remove(node)
}
