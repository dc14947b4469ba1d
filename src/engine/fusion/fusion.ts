/** Which nodes are computed together. */
import type { Node } from '../../ir'
import { Latest } from '../plan/latest'
import { Chain } from './chain'
import type { Group } from './group'
import { affine, isProduct, maskedSoftmax, product, quantized, scaledProduct } from './groups'

export type { Group, QuantizedSum } from './group'

/** Of lists of nodes that plans are made of again and again. */
const known = new Latest<readonly Node[], readonly Group[]>()

/** The groups of a list that does not change, which are found once: what goes together does not depend on shapes. */
export function knownGroupsOf(nodes: readonly Node[]): readonly Group[] {
  return known.get(nodes, [], () => groupsOf(nodes))
}

/** All nodes in groups, each group at the place of its last node, so that everything it reads is there by then. */
export function groupsOf(nodes: readonly Node[]): Group[] {
  const inside = new Set(nodes)
  const byLast = new Map<Node, Group>()
  const taken = new Set<Node>()
  for (const node of nodes) {
    if (taken.has(node)) continue
    const group = groupFrom(node, () => new Chain(node, inside, taken))
    if (group.nodes.length === 1) continue
    for (const member of group.nodes) taken.add(member)
    byLast.set(group.nodes.at(-1) ?? node, group)
  }
  return nodes.flatMap((node): Group[] => {
    const group = byLast.get(node)
    if (group) return [group]
    return taken.has(node) ? [] : [{ nodes: [node] }]
  })
}

function groupFrom(head: Node, chain: () => Chain): Group {
  if (head.is('MatMulInteger', 'ConvInteger')) return scaledProduct(chain()) ?? { nodes: [head] }
  const special = affine(chain()) ?? maskedSoftmax(chain())
  if (special) return special
  return isProduct(head) ? product(chain()) : (quantized(chain()) ?? { nodes: [head] })
}
