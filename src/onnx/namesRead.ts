import type { GraphProto, NodeProto } from './proto'

/** Names that a node reads from its graph and those around it: its inputs, and what its subgraphs take from outside. */
export function namesRead(node: NodeProto): Iterable<string> {
  const inner = node.attribute.flatMap(({ g, graphs }) => (g ? [g, ...graphs] : graphs))
  if (inner.length === 0) return node.input
  const names = new Set(node.input)
  for (const graph of inner) for (const name of namesCaptured(graph)) names.add(name)
  return names
}

function namesCaptured(graph: GraphProto): ReadonlySet<string> {
  const known = captured.get(graph)
  if (known) return known
  const own = new Set<string>()
  for (const { name } of graph.input) own.add(name ?? '')
  for (const { name } of graph.initializer) own.add(name ?? '')
  for (const { values } of graph.sparseInitializer) own.add(values?.name ?? '')
  for (const node of graph.node) for (const name of node.output) own.add(name)
  const names = new Set<string>()
  for (const node of graph.node) for (const name of namesRead(node)) if (!own.has(name)) names.add(name)
  for (const { name = '' } of graph.output) if (!own.has(name)) names.add(name)
  captured.set(graph, names)
  return names
}

/** Without it, a graph nested n deep would be walked n times. */
const captured = new WeakMap<GraphProto, ReadonlySet<string>>()
