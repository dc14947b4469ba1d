/** What normalizations have in common: numbers by the root of the mean of their squares, as exporters spell it. */
import { axesOf } from '../../../analysis'
import type { Node } from '../../../ir'
import { any, anyOf, op, type Pattern, scalar } from '../../../rewrite'

const square = anyOf(op('Pow', [any('d'), scalar(2)]), op('Mul', [any('d'), any('d')]))

/** A mean over axes that are an attribute, or an input. */
export const mean = (of: Pattern, name: string): Pattern => op('ReduceMean', [of], { name, moreInputs: true })

const shifted = op('Add', [mean(square, 'variance'), scalar(undefined, 'epsilon')], { commutative: true })
const deviation = op('Sqrt', [shifted])
const inverse = anyOf(
  op('Reciprocal', [deviation]),
  op('Div', [scalar(1), deviation]),
  op('Pow', [shifted, scalar(-0.5)]),
)

/** `d / √(ReduceMean(d²) + ε)`; `variance` is the mean's node, `epsilon` a number. */
export const quotients = [
  op('Div', [any('d'), deviation]),
  op('Mul', [any('d'), inverse], { commutative: true }),
]

export function isOverLastAxis(node: Node, rank: number | undefined): boolean {
  const [axis, ...more] = axesOf(node, 1) ?? []
  const isLast = axis === -1 || (rank !== undefined && axis === rank - 1)
  return isLast && more.length === 0 && node.int('keepdims', 1) === 1
}
