/** A value seen as `constant · factor · factor · …`, whatever the order of its Mul and Div nodes. */
import { scalarOf } from '../../analysis'
import type { Node, Value } from '../../ir'
import { onlyReader } from './affine'

export interface Product {
  readonly constant: number
  readonly factors: readonly Value[]
  /** The Mul and Div nodes, last first. */
  readonly nodes: readonly Node[]
}

/** The product that ends in `node`; inner products count only where nobody else reads them. */
export function productOf(node: Node): Product | undefined {
  const [first, second] = node.inputs
  if (!first || !second || !node.is('Mul', 'Div')) return undefined
  const divisor = node.is('Div') ? scalarOf(second) : undefined
  if (node.is('Div') && divisor === undefined) return undefined
  const left = operand(first, node)
  const right = node.is('Div')
    ? { constant: 1 / (divisor as number), factors: [], nodes: [] }
    : operand(second, node)
  return {
    constant: left.constant * right.constant,
    factors: [...left.factors, ...right.factors],
    nodes: [node, ...left.nodes, ...right.nodes],
  }
}

function operand(value: Value, reader: Node): Product {
  const number = scalarOf(value)
  if (number !== undefined) return { constant: number, factors: [], nodes: [] }
  const inner = value.producer && onlyReader(value) === reader ? productOf(value.producer) : undefined
  return inner ?? { constant: 1, factors: [value], nodes: [] }
}

/** The two factors of a product of exactly two, in both orders. */
export function factorPairs({ factors }: Product): [Value, Value][] {
  const [a, b] = factors
  return a && b && factors.length === 2
    ? [
        [a, b],
        [b, a],
      ]
    : []
}
