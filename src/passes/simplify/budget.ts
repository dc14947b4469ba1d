import { graphBytes } from '../../analysis'
import { allGraphs, type Model, withSubgraphs } from '../../ir'

/** Bytes of a model, about, its functions included. */
export function modelBytes(model: Model): number {
  const bodies = model.functions.map((each) => each.body)
  return [model.graph, ...bodies].reduce((sum, graph) => sum + graphBytes(graph), 0)
}

/** Nodes of a model, those in subgraphs and functions included. */
export function nodeCount(model: Model): number {
  let count = 0
  for (const graph of allGraphs(model)) count += graph.nodeCount
  return count
}

/** Operations of a model's graph and subgraphs: how often each occurs, most frequent first. */
export function opHistogram(model: Model): Record<string, number> {
  const counts = new Map<string, number>()
  for (const graph of withSubgraphs(model.graph)) {
    for (const node of graph) counts.set(node.opType, (counts.get(node.opType) ?? 0) + 1)
  }
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a))
}
