import { type Context, malformed } from './context'
import { namesRead } from './namesRead'
import type { NodeProto } from './proto'

/**
 * Nodes in an order in which every value is made before it is read. ONNX asks files for such an order and nearly all
 * have it; then it stays as it is, else each node moves behind those it depends on.
 * @throws OnnxpressError `BAD_MODEL` when nodes depend on each other in a circle.
 */
export function executionOrder(nodes: readonly NodeProto[], context: Context): readonly NodeProto[] {
  const makers = new Map<string, number>()
  nodes.forEach((node, index) => {
    for (const name of node.output) if (name) makers.set(name, index)
  })
  if (isOrdered(nodes, makers)) return nodes
  const needs = nodes.map((node) => makersOf(namesRead(node), makers))
  return sorted(nodes, needs, context)
}

function isOrdered(nodes: readonly NodeProto[], makers: ReadonlyMap<string, number>): boolean {
  for (let index = 0; index < nodes.length; index++) {
    for (const name of namesRead(nodes[index] as NodeProto))
      if ((makers.get(name) ?? -1) >= index) return false
  }
  return true
}

function makersOf(names: Iterable<string>, makers: ReadonlyMap<string, number>): number[] {
  const found: number[] = []
  for (const name of names) {
    const maker = makers.get(name)
    if (maker !== undefined) found.push(maker)
  }
  return found
}

/** Depth first without recursion: a chain of nodes may be as long as the file. */
function sorted(nodes: readonly NodeProto[], needs: readonly number[][], context: Context): NodeProto[] {
  const order: NodeProto[] = []
  const state = new Uint8Array(nodes.length)
  const next = new Uint32Array(nodes.length)
  for (let root = 0; root < nodes.length; root++) {
    const path = state[root] === DONE ? [] : [root]
    for (let index = path.at(-1); index !== undefined; index = path.at(-1)) {
      state[index] = VISITING
      const need = needs[index]?.[next[index] ?? 0]
      next[index] = (next[index] ?? 0) + 1
      if (need === undefined) {
        state[index] = DONE
        order.push(nodes[index] as NodeProto)
        path.pop()
      } else if (state[need] === VISITING) throw circle(nodes, path, need, context)
      else if (state[need] !== DONE) path.push(need)
    }
  }
  return order
}

const VISITING = 1
const DONE = 2

function circle(nodes: readonly NodeProto[], path: readonly number[], start: number, context: Context) {
  const members = path.slice(path.indexOf(start)).map((index) => nodes[index])
  const names = members
    .slice(0, 5)
    .map((node) => JSON.stringify(node?.name || node?.output[0] || node?.opType))
  const more = members.length > 5 ? ` and ${members.length - 5} more` : ''
  const message = `Expected nodes without circles, found ${names.join(' -> ')}${more} needing each other`
  return malformed(context, message, nodes[start]?.at ?? 0, nodes[start]?.name)
}
