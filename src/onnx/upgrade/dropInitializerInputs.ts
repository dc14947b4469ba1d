import type { Graph } from '../../ir/graph'

/** Takes inputs that have an initializer off the list of inputs: before file format 4 every initializer had to be on it. */
export function dropInitializerInputs(graph: Graph): void {
  for (const input of [...graph.inputs])
    if (input.initializer || input.sparseInitializer) graph.removeInput(input)
}
