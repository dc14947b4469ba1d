/** MatMul: rows of activations on the left, weights or another value on the right. */
import type { Node } from '../../ir'
import { floatLinear } from '../choice/linearAlternatives'
import type { Group } from '../fusion/fusion'
import { broadcastShape, broadcastStrides, stridesOf } from '../plan/broadcast'
import { gathered } from '../plan/copy'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import type { Alternative } from '../plan/step'
import { decline } from '../plan/unplannable'
import type { WeightSource } from '../plan/weights'
import { sizeBetween } from './axis'
import { type Epilogue, epilogueInputs, epilogueOf, epilogueParameters, fits, floatNodes } from './epilogue'
import { lowerIntegers } from './int8/matmul'
import { lowerNarrow } from './narrowProduct'
import type { Rules } from './rule'

/** Where an operand's matrices lie: element (i, k) of item t at t * item + i * outer + k * inner. */
export interface View {
  readonly fact: Fact
  readonly outer: number
  readonly inner: number
  readonly item: number
  readonly items: number
}

export interface Product {
  readonly left: View
  readonly right: View
  readonly items: number
  readonly m: number
  readonly n: number
  readonly depth: number
  readonly shape: readonly number[]
}

function productOf(plan: Lowering, a: Fact, b: Fact): Product {
  if (a.rank === 0 || b.rank === 0) return decline('a scalar')
  const left = a.rank === 1 ? [1, a.dim(0)] : a.shape
  const right = b.rank === 1 ? [b.dim(0), 1] : b.shape
  const [m = 1, depth = 1] = left.slice(-2)
  const n = right.at(-1) ?? 1
  if (right.at(-2) !== depth) return decline('operands that do not fit')
  const batch = broadcastShape([left.slice(0, -2), right.slice(0, -2)])
  const shape = [...batch, ...(a.rank === 1 ? [] : [m]), ...(b.rank === 1 ? [] : [n])]
  const rightItems = sizeBetween(right, 0, right.length - 2)
  const items = sizeBetween(batch, 0, batch.length)
  const view = { fact: a, outer: depth, inner: 1, item: m * depth, items }
  const strided = asTheyLie(a, b, batch)
  if (strided) return { ...strided, items, m, n, depth, shape }
  // One matrix on the right serves all rows on the left, whatever their batch.
  if (rightItems === 1 && sizeBetween(left, 0, left.length - 2) === items)
    return {
      left: { ...view, items: 1 },
      right: rightMatrix(b, n),
      items: 1,
      m: m * items,
      n,
      depth,
      shape,
    }
  return {
    left: { ...view, fact: expanded(plan, a, left, [...batch, m, depth]) },
    right: {
      fact: expanded(plan, b, right, [...batch, depth, n]),
      outer: 1,
      inner: n,
      item: n * depth,
      items,
    },
    items,
    m,
    n,
    depth,
    shape,
  }
}

/** One matrix whose rows are the inner index; of constants that lie transposed as they lie. */
function rightMatrix(fact: Fact, n: number): View {
  const alone = { item: 0, items: 1 }
  if (!fact.strided?.base.constant || fact.constant || fact.slot)
    return { fact, outer: 1, inner: n, ...alone }
  const [inner = 0, outer = 0] = fact.strided.strides.slice(-2)
  return { fact: fact.strided.base, outer, inner, ...alone }
}

/** Both operands where a transposition need not be carried out: of equal batches, their matrices evenly apart. */
function asTheyLie(a: Fact, b: Fact, batch: readonly number[]): Pick<Product, 'left' | 'right'> | undefined {
  if (!(a.strided && !a.slot) && !(b.strided && !b.slot)) return undefined
  const left = matrices(a, batch)
  const right = matrices(b, batch)
  if (!left || !right) return undefined
  // Rows of the right operand's matrices are the inner index.
  return { left, right: { ...right, outer: right.inner, inner: right.outer } }
}

function matrices(fact: Fact, batch: readonly number[]): View | undefined {
  if (fact.rank < 2 || `${fact.shape.slice(0, -2)}` !== `${batch}` || fact.constant) return undefined
  const { base, strides } =
    fact.strided && !fact.slot ? fact.strided : { base: fact, strides: stridesOf(fact.shape) }
  const [outer = 0, inner = 0] = strides.slice(-2)
  const long = batch.flatMap((size, axis) => (size === 1 ? [] : [{ size, stride: strides[axis] ?? 0 }]))
  const isEven = long.every(({ stride }, axis) => {
    const next = long[axis + 1]
    return !next || stride === next.size * next.stride
  })
  if (!isEven) return undefined
  const items = sizeBetween(batch, 0, batch.length)
  return { fact: base, outer, inner, item: long.at(-1)?.stride ?? 0, items }
}

/** A value repeated along batch axes that only the other operand has. */
function expanded(plan: Lowering, fact: Fact, shape: readonly number[], wanted: readonly number[]): Fact {
  if (sizeBetween(shape, 0, shape.length) === sizeBetween(wanted, 0, wanted.length)) return fact
  return gathered(plan, plan.reshaped(fact, shape), wanted, broadcastStrides(shape, wanted))
}

/** Adds the step of a product; says how many nodes of the group it covers, 0 where they do not go together. */
export function emitProduct(
  node: Node,
  plan: Lowering,
  product: Product,
  bias: Fact | undefined,
  group: Group | undefined,
): number {
  const epilogue = epilogueOf(plan, bias, group)
  if (!fits(epilogue.residual, product.shape)) return 0
  if (epilogue.bias && (epilogue.bias.size !== product.n || epilogue.bias.dataType !== 'float32')) return 0
  const nodes = floatNodes(node, group)
  plan.define(nodes.at(-1)?.output(), multiplied(plan, product, epilogue))
  return nodes.length
}

/** A product, by packed weights where the right operand is a constant. */
export function multiplied(plan: Lowering, product: Product, epilogue: Epilogue): Fact {
  const { left, right, items, m, n, depth, shape } = product
  if (depth === 0 || m === 0 || n === 0) return decline('a product without terms')
  const y = plan.create('float32', shape)
  if (items === 0) return y
  const tensor = plan.knownTensor(right.fact)
  const weights: Fact | WeightSource = tensor
    ? {
        tensor,
        form: 'gemm.right',
        parameters: [right.items, n, depth, right.outer, right.inner, right.item],
      }
    : right.fact
  const step = plan.step(
    'matmul',
    [left.fact, weights, ...epilogueInputs(epilogue)],
    [y],
    [
      ...[items, m, n, depth, left.outer, left.inner, left.item],
      ...[tensor ? 1 : 0, right.items, right.outer, right.inner, right.item],
      ...epilogueParameters(epilogue),
    ],
  )
  if ('tensor' in weights && !plan.isEvaluation) step.alternatives = alternativesOf(product, weights)
  return y
}

/** Kernels for rows that lie one after the other, by one matrix of weights. */
function alternativesOf({ left, right, items, m, n, depth }: Product, dense: WeightSource): Alternative[] {
  if (items !== 1 || right.items !== 1 || left.outer !== depth || left.inner !== 1) return []
  const isTransposed = right.inner === 1 && right.outer === depth
  return floatLinear({ dense, rows: m, outputs: n, inputs: depth, isTransposed })
}

function lowerMatMul(node: Node, plan: Lowering, group?: Group): number {
  const covered = lowerIntegers(node, plan, group) || lowerNarrow(node, plan, group)
  if (covered > 0) return covered
  const product = productOf(plan, plan.floats(node, 0), plan.floats(node, 1))
  return emitProduct(node, plan, product, undefined, group)
}

export const matmul: Rules = {
  MatMul: { lower: (node, plan) => void lowerMatMul(node, plan), lowerGroup: lowerMatMul },
}
