/**
 * A matrix product and a bias become one node, where both matrices have rank 2:
 *
 *     MatMul(a, w) + b   ->   Gemm(a, w, b)
 *
 * Batched products stay: Gemm has no batch axes.
 */
import type { Node, Value } from '../../../ir'
import { defineRule, removeUnused, replaceNode } from '../../../rewrite'
import { channelsOf, onlyReader } from '../affine'

interface Found {
  readonly nodes: readonly Node[]
  readonly bias: Value
}

export const matMulAddToGemm = defineRule<Found>({
  name: 'MatMul + Add to Gemm',
  opTypes: ['MatMul'],
  match(node, { types }) {
    const [a, b] = node.inputs
    if (!a || !b || types.rankOf(a) !== 2 || types.rankOf(b) !== 2) return undefined
    if (!/^float(32|64)$/.test(types.dataTypeOf(a) ?? '')) return undefined
    const add = onlyReader(node.output())
    const bias = add?.is('Add') ? add.inputs.find((input) => input !== node.output()) : undefined
    const columns = types.shapeOf(b)?.at(-1)
    const length = bias?.constant && channelsOf(bias.constant, { trailing: 0, rank: 2 })?.length
    return add && bias && length !== undefined && length === columns
      ? { nodes: [add, node], bias }
      : undefined
  },
  rewrite({ nodes: [add, product], bias }) {
    if (!add || !product) return
    replaceNode(add, 'Gemm', [product.input(0), product.input(1), bias])
    removeUnused([product])
  },
})
