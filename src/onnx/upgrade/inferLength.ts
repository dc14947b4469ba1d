import type { Node } from '../../ir/node'
import type { Facts } from './facts'

/** Number of elements of a vector that holds a shape, in the ways that exporters spell shapes out. */
export function inferLength(node: Node, facts: Facts): number | undefined {
  return RULES[node.opType]?.(node, facts)
}

type Rule = (node: Node, facts: Facts) => number | undefined

const RULES: Readonly<Record<string, Rule>> = {
  Cast: (node, facts) => facts.vectorLength(node.inputs[0]),
  Concat: (node, facts) => sum(node.inputs.map((each) => facts.vectorLength(each))),
  Identity: (node, facts) => facts.vectorLength(node.inputs[0]),
  Shape: (node, facts) =>
    node.attributes.has('start') || node.attributes.has('end') ? undefined : facts.rank(node.inputs[0]),
  Slice: sliceLength,
  Unsqueeze: (node, facts) => (facts.rank(node.inputs[0]) === 0 ? 1 : undefined),
}

/** Length of a slice whose bounds are constant. */
function sliceLength(node: Node, facts: Facts): number | undefined {
  const length = facts.vectorLength(node.inputs[0])
  const start = (node.ints('starts', undefined) ?? facts.numbers(node.inputs[1]))?.[0]
  const end = (node.ints('ends', undefined) ?? facts.numbers(node.inputs[2]))?.[0]
  const stride = node.inputs[4] ? facts.numbers(node.inputs[4])?.[0] : 1
  if (length === undefined || start === undefined || end === undefined || stride !== 1) return undefined
  const clamp = (index: number) => Math.min(Math.max(index < 0 ? index + length : index, 0), length)
  return Math.max(clamp(end) - clamp(start), 0)
}

function sum(lengths: readonly (number | undefined)[]): number | undefined {
  return lengths.reduce<number | undefined>(
    (total, length) => (total === undefined || length === undefined ? undefined : total + length),
    0,
  )
}
