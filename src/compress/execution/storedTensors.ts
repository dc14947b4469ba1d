/** The constants behind values that a graph computes from constants alone, such as weights that unpack themselves. */
import type { Graph, Node, Tensor, Value } from '../../ir'

/** By value: the largest constant that it is computed from. */
export type StoredTensors = Map<Value, Tensor>

/** Adds what is known of a graph's values; those of graphs around it are to be there already. */
export function storedTensors(graph: Graph, found: StoredTensors): void {
  for (const value of graph.values) {
    const tensor = value.initializer ?? value.sparseInitializer?.values
    if (tensor) found.set(value, tensor)
  }
  for (const node of graph) {
    const tensor = largestOf(node, found)
    if (tensor) for (const output of node.outputs) if (output) found.set(output, tensor)
  }
}

function largestOf(node: Node, found: StoredTensors): Tensor | undefined {
  if (node.is('Constant')) return node.tensor('value')
  if (node.subgraphs.length > 0) return undefined
  let largest: Tensor | undefined
  for (const input of node.inputs) {
    const tensor = input && found.get(input)
    if (input && !tensor) return undefined
    if (tensor && (!largest || tensor.size > largest.size)) largest = tensor
  }
  return largest
}
