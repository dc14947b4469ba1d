/**
 * A product of rows for which these were put together beforehand, and taken apart again, is one of all its axes:
 *
 *     Reshape(Gemm(Reshape(x, [-1,768]), w, b), Concat(Shape(x)[0], Shape(x)[1], 3072))   ->   MatMul(x, w) + b
 *
 * So PyTorch's exporter writes GPT-2's layers. What computes the shapes goes, and what follows the product may end it.
 */
import { isSizeOf, type Size, sizesOf } from '../analysis'
import { attribute, type Node, type Value } from '../ir'
import { defineRule, graphOf, leakOf, type RuleContext, removeUnused, replaceNode } from '../rewrite'
import { isPlainGemm } from './operators/plainGemm'

interface Found {
  /** The last first. */
  readonly nodes: readonly Node[]
  readonly x: Value
}

export const rowProduct = defineRule<Found>({
  name: 'product of rows',
  opTypes: ['Reshape'],
  match(node, context) {
    const product = node.input(0)?.producer
    const flat = product?.is('Gemm') && isPlainGemm(product) ? product.input(0)?.producer : undefined
    const x = flat?.is('Reshape') ? flat.input(0) : undefined
    if (!product || !flat || !x || leakOf([node, product], node)) return undefined
    const isOne = isFlat(flat, context) && isApart(node, product, x, context)
    return isOne ? { nodes: [node, product, flat], x } : undefined
  },
  rewrite({ nodes, x }) {
    const [apart, product, flat] = nodes as [Node, Node, Node]
    const graph = graphOf(apart)
    const [, w, bias] = product.inputs
    const isTurned = product.int('transB', 0) !== 0
    const before = { before: apart }
    const weights = isTurned
      ? graph.add('Transpose', [w], { attributes: { perm: attribute.ints([1, 0]) }, ...before }).output()
      : w
    if (bias) {
      const { name } = product
      replaceNode(apart, 'Add', [graph.add('MatMul', [x, weights], { name, ...before }).output(), bias])
    } else replaceNode(apart, 'MatMul', [x, weights])
    removeUnused([product, flat])
  },
})

/** Whether x becomes rows of as many numbers as weights take. */
function isFlat(flat: Node, { types }: RuleContext): boolean {
  const sizes = sizesOf(flat.input(1), types)
  return sizes?.length === 2 && sizes[0] === -1
}

/**
 * Whether the product's rows lie afterwards as those of x do, and its bias is a row. Then as many rows as x has along its
 * last axis are those of the product: that axis is as long as weights take it to be.
 */
function isApart(apart: Node, product: Node, x: Value, { types }: RuleContext): boolean {
  const [, w, bias] = product.inputs
  const [rank, sizes] = [types.rankOf(x), sizesOf(apart.input(1), types)]
  const columns = w && types.shapeOf(w)?.[product.int('transB', 0) === 0 ? 1 : 0]
  const isRow = !bias || types.rankOf(bias) === 1
  if (!sizes || rank === undefined || sizes.length !== rank || typeof columns !== 'number' || !isRow)
    return false
  const isAlike = (size: Size, axis: number) =>
    axis < rank - 1 ? isSizeOf(size, x, axis, types) : size === columns || size === -1
  return sizes.every(isAlike)
}
