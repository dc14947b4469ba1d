/**
 * Two transpositions in a row become one:
 *
 *     Transpose(Transpose(x) {perm=p}) {perm=q}   ->   Transpose(x) {perm=p∘q},   p∘q[i] = p[q[i]]
 */
import { attribute, type Node } from '../../../ir'
import { defineRule, removeUnused, replaceNode } from '../../../rewrite'
import { composed, type Permutation } from '../layout/permutation'

interface Found {
  readonly nodes: readonly Node[]
  readonly perm: Permutation
}

export const mergeTransposes = defineRule<Found>({
  name: 'merge Transposes',
  opTypes: ['Transpose'],
  match(node) {
    const inner = node.input(0)?.producer
    const outerPerm = node.ints('perm', undefined)
    const innerPerm = inner?.is('Transpose') ? inner.ints('perm', undefined) : undefined
    if (!inner || !outerPerm || innerPerm?.length !== outerPerm.length || inner.graph !== node.graph)
      return undefined
    return { nodes: [node, inner], perm: composed(innerPerm, outerPerm) }
  },
  rewrite({ nodes: [outer, inner], perm }) {
    if (!outer || !inner) return
    replaceNode(outer, 'Transpose', [inner.input(0)], { perm: attribute.ints(perm) })
    removeUnused([inner])
  },
})
