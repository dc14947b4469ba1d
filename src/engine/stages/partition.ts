/** Divides a graph into stages: what the engine computes itself, and what onnxruntime does in between. */
import type { Graph, Node, Value } from '../../ir'
import { valuesRead } from '../../ir'

/** Nodes that run together, after everything they read is there. */
export interface Part {
  readonly isNative: boolean
  /** In the order of the graph. */
  readonly nodes: readonly Node[]
  /** What other parts or the caller give, and what other parts or the caller want. */
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
}

/**
 * As few parts in a row as there can be: a node joins the part of those before it, or one further where it is of the other
 * kind. Parts stand in the order in which they run.
 */
export function partition(graph: Graph, isNative: (node: Node) => boolean): Part[] {
  const levels = new Map<Node, number>()
  const byLevel = new Map<number, Node[]>()
  for (const node of graph) {
    const parity = isNative(node) ? 0 : 1
    let level = parity
    for (const value of valuesRead(node)) {
      const before = value.producer && levels.get(value.producer)
      if (before === undefined) continue
      level = Math.max(level, before % 2 === parity ? before : before + 1)
    }
    levels.set(node, level)
    byLevel.set(level, [...(byLevel.get(level) ?? []), node])
  }
  return [...byLevel.keys()]
    .sort((a, b) => a - b)
    .map((level) => partOf(byLevel.get(level) ?? [], level % 2 === 0))
}

function partOf(nodes: readonly Node[], isNative: boolean): Part {
  const inside = new Set(nodes)
  const made = new Set(nodes.flatMap((node) => node.outputs))
  const inputs = new Set<Value>()
  for (const node of nodes) {
    for (const value of valuesRead(node)) {
      const isGiven = value.isGraphInput || value.producer !== undefined
      if (isGiven && !made.has(value) && isOuter(value, node)) inputs.add(value)
    }
  }
  const outputs = nodes
    .flatMap((node) => node.outputs)
    .filter((value) => value !== undefined)
    .filter(
      (value) =>
        value.isGraphOutput ||
        value.consumers.some((reader) => !inside.has(outermost(reader, nodes[0]?.graph))),
    )
  return { isNative, nodes, inputs: [...inputs], outputs: [...new Set(outputs)] }
}

/** Whether a value belongs to the graph of a node, and not to one inside it. */
function isOuter(value: Value, node: Node): boolean {
  return value.graph === node.graph
}

/** The node of the main graph inside which another one stands. */
export function outermost(node: Node, main: Graph | undefined): Node {
  let at: Node | undefined = node
  while (at && at.graph !== main) at = at.graph?.parentNode
  return at ?? node
}
