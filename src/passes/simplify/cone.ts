/** What a value is computed from and nobody else needs. */
import { nodeBytes, tensorBytes } from '../../analysis'
import type { Node, Value } from '../../ir'

/** The nodes that are not needed any more once a value is given otherwise, as far as `isInside` lets them count. */
export function coneOf(value: Value, isInside: (node: Node) => boolean = () => true): Set<Node> {
  const cone = new Set<Node>(value.producer ? [value.producer] : [])
  for (const node of cone) {
    for (const input of node.inputs) {
      const producer = input?.producer
      if (producer && isInside(producer) && isReadOnlyBy(producer, cone)) cone.add(producer)
    }
  }
  return cone
}

function isReadOnlyBy(producer: Node, readers: ReadonlySet<Node>): boolean {
  return producer.outputs.every((output) => {
    return !output || (!output.isGraphOutput && output.consumers.every((reader) => readers.has(reader)))
  })
}

/** Bytes of nodes that go, with the constants that only they read. */
export function bytesFreed(nodes: Iterable<Node>): number {
  const gone = new Set(nodes)
  const constants = new Set<Value>()
  let bytes = 0
  for (const node of gone) {
    bytes += nodeBytes(node)
    for (const input of node.inputs) if (input?.constant) constants.add(input)
  }
  for (const value of constants) {
    if (value.constant && !value.isGraphOutput && value.consumers.every((node) => gone.has(node)))
      bytes += tensorBytes(value.constant)
  }
  return bytes
}
