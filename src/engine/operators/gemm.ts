/** Gemm: a product of matrices, either of which may be transposed, with factors and a matrix or row added. */
import type { Node } from '../../ir'
import type { Group } from '../fusion/fusion'
import { broadcastStrides } from '../plan/broadcast'
import { gathered } from '../plan/copy'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
import { lowerIntegers } from './int8/matmul'
import { emitProduct, type Product } from './matmul'
import { lowerNarrow } from './narrowProduct'
import type { Rules } from './rule'
import { scaledBy } from './scaled'

/** A, B and C with alpha and beta in one of them each, a constant one where there is one. */
function factors(node: Node, plan: Lowering): [a: Fact, b: Fact, c: Fact | undefined] {
  const [a, b, c] = [plan.floats(node, 0), plan.floats(node, 1), plan.optional(node, 2)]
  const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)]
  const isLeft = plan.knownTensor(b) === undefined && (plan.knownTensor(a) !== undefined || a.size < b.size)
  return [
    isLeft ? scaledBy(plan, a, alpha) : a,
    isLeft ? b : scaledBy(plan, b, alpha),
    c && scaledBy(plan, c, beta),
  ]
}

/** alpha · A' · B' + beta · C, where A' and B' may be transposed. */
function lowerGemm(node: Node, plan: Lowering, group?: Group): number {
  const covered = lowerIntegers(node, plan, group) || lowerNarrow(node, plan, group)
  if (covered > 0) return covered
  const [a, b, c] = factors(node, plan)
  const [transA, transB] = [node.int('transA', 0) !== 0, node.int('transB', 0) !== 0]
  if (a.rank !== 2 || b.rank !== 2) return decline('operands that are no matrices')
  const [m, depth] = transA ? [a.dim(1), a.dim(0)] : [a.dim(0), a.dim(1)]
  const n = transB ? b.dim(0) : b.dim(1)
  if ((transB ? b.dim(1) : b.dim(0)) !== depth) return decline('operands that do not fit')
  const isRow = c === undefined || (c.size === n && c.dim(-1) === n)
  const left = { fact: a, outer: transA ? 1 : depth, inner: transA ? m : 1, item: 0, items: 1 }
  const right = { fact: b, outer: transB ? depth : 1, inner: transB ? 1 : n, item: 0, items: 1 }
  const product = { left, right, items: 1, m, n, depth, shape: [m, n] }
  if (isRow) return emitProduct(node, plan, product, c, group)
  if (group) return 0
  return lowerWithMatrix(node, plan, product, c)
}

/** C as a matrix, or repeated to one. */
function lowerWithMatrix(node: Node, plan: Lowering, product: Product, c: Fact): number {
  const strides = broadcastStrides(c.shape, product.shape)
  const matrix = `${c.shape}` === `${product.shape}` ? c : gathered(plan, c, product.shape, strides)
  const value = node.input(2)
  const before = plan.input(node, 2)
  plan.define(value, matrix)
  const done = emitProduct(node, plan, product, undefined, { nodes: [node], residual: value })
  plan.define(value, before)
  return done
}

export const gemm: Rules = {
  Gemm: { lower: (node, plan) => void lowerGemm(node, plan), lowerGroup: lowerGemm },
}
