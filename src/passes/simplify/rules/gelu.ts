/**
 * A spelled-out Gelu, its factors in any order:
 *
 *     x / 2 · (1 + erf(x / √2))                              ->   Gelu(x)
 *     x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))       ->   Gelu(x) {approximate="tanh"}
 *
 * ONNX has the operator since opset 20. (Hendrycks and Gimpel, arXiv:1606.08415, eq. 2 and section 2.)
 */
import { isClose, scalarOf } from '../../../analysis'
import { attribute, type Node, type Value } from '../../../ir'
import { decline, defineRule, needsOpset, removeUnused, replaceNode } from '../../../rewrite'
import { factorPairs, productOf } from '../product'
import { whyNotOne } from '../recognition'

interface Found {
  readonly nodes: readonly Node[]
  readonly x: Value
  readonly approximate: 'none' | 'tanh'
}

export const gelu = defineRule<Found>({
  name: 'Gelu',
  opTypes: ['Mul', 'Div'],
  match(node, context) {
    const product = productOf(node)
    if (!product || !isClose(product.constant, 0.5)) return undefined
    for (const [x, gate] of factorPairs(product)) {
      const found = erfGate(x, gate) ?? tanhGate(x, gate)
      if (!found) continue
      const nodes = [...new Set([...product.nodes, ...found.nodes])]
      const reason = whyNotOne(nodes, x, context)
      if (reason) return decline(node, `Gelu: ${reason}`)
      if (context.model.opset < 20) return decline(node, needsOpset('Gelu', 20, context))
      return { ...found, nodes, x }
    }
    return undefined
  },
  rewrite({ nodes, x, approximate }) {
    const attributes = approximate === 'tanh' ? { approximate: attribute.string('tanh') } : {}
    replaceNode(nodes[0] as Node, 'Gelu', [x], attributes)
    removeUnused(nodes.slice(1))
  },
})

type Gate = Pick<Found, 'nodes' | 'approximate'>

/** 1 + erf(x / √2) */
function erfGate(x: Value, gate: Value): Gate | undefined {
  const [one, erf] = onePlus(gate, 'Erf') ?? []
  const scaled = erf?.input(0)?.producer
  const product = scaled && productOf(scaled)
  if (!one || !erf || !product || !isClose(product.constant, Math.SQRT1_2)) return undefined
  return isJust(product.factors, x) ? { nodes: [one, erf, ...product.nodes], approximate: 'none' } : undefined
}

/** 1 + tanh(√(2/π) · (x + 0.044715 · x³)) */
function tanhGate(x: Value, gate: Value): Gate | undefined {
  const [one, tanh] = onePlus(gate, 'Tanh') ?? []
  const scaled = tanh?.input(0)?.producer
  const product = scaled && productOf(scaled)
  if (!one || !tanh || !product || !isClose(product.constant, Math.sqrt(2 / Math.PI))) return undefined
  const inner =
    product.factors.length === 1 ? cubicSum(x, product.factors[0]) : quadraticSum(x, product.factors)
  return inner && { nodes: [one, tanh, ...product.nodes, ...inner], approximate: 'tanh' }
}

/** x + 0.044715 · x³ */
function cubicSum(x: Value, sum: Value | undefined): Node[] | undefined {
  const add = sum?.producer
  if (!add?.is('Add')) return undefined
  const other = add.input(0) === x ? add.input(1) : add.input(1) === x ? add.input(0) : undefined
  const cubic = other?.producer && powerOf(other.producer, x, 3)
  return cubic && [add, ...cubic]
}

/** x · (1 + 0.044715 · x²) */
function quadraticSum(x: Value, factors: readonly Value[]): Node[] | undefined {
  const other =
    factors.length === 2 && factors.includes(x) ? factors.find((factor) => factor !== x) : undefined
  const add = other?.producer
  if (!add?.is('Add')) return undefined
  const square = add.inputs.find((input) => scalarOf(input) === undefined)
  if (!add.inputs.some((input) => scalarOf(input) === 1) || !square?.producer) return undefined
  const nodes = powerOf(square.producer, x, 2)
  return nodes && [add, ...nodes]
}

/** The nodes that compute 0.044715 · xⁿ, by Pow or by multiplication. */
function powerOf(node: Node, x: Value, exponent: number): Node[] | undefined {
  const product = productOf(node)
  if (!product || !isClose(product.constant, 0.044715)) return undefined
  const pows: Node[] = []
  let degree = 0
  for (const factor of product.factors) {
    const pow = factor.producer
    if (factor === x) degree += 1
    else if (pow?.is('Pow') && pow.input(0) === x) {
      degree += scalarOf(pow.input(1)) ?? Number.NaN
      pows.push(pow)
    } else return undefined
  }
  return degree === exponent ? [...product.nodes, ...pows] : undefined
}

/** The nodes of `1 + f(…)`. */
function onePlus(value: Value, opType: string): [Node, Node] | undefined {
  const add = value.producer
  if (!add?.is('Add') || !add.inputs.some((input) => scalarOf(input) === 1)) return undefined
  const inner = add.inputs.find((input) => input?.producer?.is(opType))?.producer
  return inner && [add, inner]
}

function isJust(factors: readonly Value[], x: Value): boolean {
  return factors.length === 1 && factors[0] === x
}
