/** A model in figures. */
import { allGraphs, type Graph, type Model, type Tensor } from '../ir'
import { modelBytes } from './modelBytes'
import type { ModelFacts } from './reportData'

/** Types of shapes, indices and texts rather than of weights. */
const NO_WEIGHTS = new Set(['int64', 'bool', 'string'])

/** Counts a model; weights stay where they are. */
export function modelFacts(model: Model): ModelFacts {
  const operations = countOperations(model)
  let parameters = 0
  for (const { tensor } of constantsOf(model)) if (!NO_WEIGHTS.has(tensor.dataType)) parameters += tensor.size
  return {
    bytes: modelBytes(model),
    nodes: Object.values(operations).reduce((sum, count) => sum + count, 0),
    parameters,
    opset: model.opset,
    operations,
  }
}

/** How often each operation occurs, subgraphs and functions included, most frequent first. */
export function countOperations(model: Model): Record<string, number> {
  const counts = new Map<string, number>()
  for (const graph of allGraphs(model)) {
    for (const node of graph) {
      const name = node.domain ? `${node.domain}.${node.opType}` : node.opType
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
  }
  return sortedCounts(counts)
}

/** Counts as an object, largest first, equal ones by name. */
export function sortedCounts(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)))
}

/** A constant and the name of the value that holds it. */
export interface NamedConstant {
  readonly name: string
  readonly tensor: Tensor
}

/** Every constant of a model: initializers and `Constant` nodes, subgraphs and functions included. */
export function* constantsOf(model: Model): Iterable<NamedConstant> {
  for (const graph of allGraphs(model)) yield* constantsIn(graph)
}

function* constantsIn(graph: Graph): Iterable<NamedConstant> {
  for (const { name, initializer, sparseInitializer } of graph.values) {
    const tensor = initializer ?? sparseInitializer?.values
    if (tensor) yield { name, tensor }
  }
  for (const node of graph) {
    const tensor = node.is('Constant') ? node.tensor('value') : undefined
    if (tensor) yield { name: node.output()?.name ?? '', tensor }
  }
}
