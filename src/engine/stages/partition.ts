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
 * kind. Parts stand in the order in which they run. What is computed of constants alone is in all parts that read it, as
 * the DequantizeLinear of weights: a part that got it from another would know nothing about it.
 */
export function partition(graph: Graph, isNative: (node: Node) => boolean): Part[] {
  const levels = new Map<Node, number>()
  const constant = constantNodes(graph, isNative)
  for (const node of graph) {
    if (constant.has(node)) continue
    const parity = isNative(node) ? 0 : 1
    let level = parity
    for (const value of valuesRead(node)) {
      const before = value.producer && levels.get(value.producer)
      if (before === undefined) continue
      level = Math.max(level, before % 2 === parity ? before : before + 1)
    }
    levels.set(node, level)
  }
  const byNode = levelsOfAll(graph, levels, constant)
  const byLevel = new Map<number, Node[]>()
  for (const node of graph) {
    for (const level of byNode.get(node) ?? []) {
      const nodes = byLevel.get(level) ?? []
      nodes.push(node)
      byLevel.set(level, nodes)
    }
  }
  return [...byLevel.keys()]
    .sort((a, b) => a - b)
    .map((level) => partOf(byLevel.get(level) ?? [], level % 2 === 0, constant))
}

/** Native nodes that read nothing but constants and one another. */
function constantNodes(graph: Graph, isNative: (node: Node) => boolean): Set<Node> {
  const found = new Set<Node>()
  const isConstant = (value: Value) =>
    value.producer ? found.has(value.producer) : value.constant !== undefined
  for (const node of graph) if (isNative(node) && [...valuesRead(node)].every(isConstant)) found.add(node)
  return found
}

/** The level of each node; of constant ones those of all who read them, or the first where nobody does. */
function levelsOfAll(
  graph: Graph,
  levels: ReadonlyMap<Node, number>,
  constant: ReadonlySet<Node>,
): Map<Node, ReadonlySet<number>> {
  const found = new Map<Node, Set<number>>()
  for (const node of [...graph].reverse()) {
    const own = levels.get(node)
    const all = found.get(node) ?? new Set(own === undefined ? [0] : [own])
    found.set(node, all)
    for (const { producer } of valuesRead(node)) {
      if (!producer || !constant.has(producer)) continue
      found.set(producer, new Set([...(found.get(producer) ?? []), ...all]))
    }
  }
  return found
}

/** @param everywhere nodes that are in all parts that read them */
function partOf(nodes: readonly Node[], isNative: boolean, everywhere: ReadonlySet<Node>): Part {
  const inside = new Set(nodes)
  const made = new Set(nodes.flatMap((node) => node.outputs))
  const inputs = new Set<Value>()
  for (const node of nodes) {
    for (const value of valuesRead(node)) {
      const isGiven = value.isGraphInput || value.producer !== undefined
      if (isGiven && !made.has(value) && isOuter(value, node)) inputs.add(value)
    }
  }
  const isReadOutside = (value: Value) =>
    value.consumers.some((reader) => !inside.has(outermost(reader, nodes[0]?.graph)))
  const isWanted = (node: Node, value: Value) =>
    value.isGraphOutput || (!everywhere.has(node) && isReadOutside(value))
  const outputs = nodes.flatMap((node) =>
    node.outputs.flatMap((value) => (value && isWanted(node, value) ? [value] : [])),
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
