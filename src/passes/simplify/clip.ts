/** Patterns for values held in a range, in the forms that exporters write. */
import { isClose, scalarOf } from '../../analysis'
import type { Node } from '../../ir'
import { anyOf, constant, op, type Pattern, scalar } from '../../rewrite'

/** `inner` held between `low` and `high`: Clip with attributes or inputs, Min and Max, Relu and Min. */
export function clipped(inner: Pattern, low: number, high: number): Pattern {
  const floor = anyOf(
    op('Max', [inner, scalar(low)], { commutative: true }),
    ...(low === 0 ? [op('Relu', [inner])] : []),
  )
  return anyOf(
    op('Clip', [inner], { moreInputs: true, where: (node) => isClip(node, low, high) }),
    op('Min', [floor, scalar(high)], { commutative: true }),
    op('Max', [op('Min', [inner, scalar(high)], { commutative: true }), scalar(low)], { commutative: true }),
  )
}

function isClip(node: Node, low: number, high: number): boolean {
  const min = node.input(1) ? scalarOf(node.input(1)) : node.float('min', undefined)
  const max = node.input(2) ? scalarOf(node.input(2)) : node.float('max', undefined)
  return isClose(min, low) && isClose(max, high)
}

/** `inner + number`. */
export function plus(inner: Pattern, number: number): Pattern {
  return op('Add', [inner, number === 0 ? constant() : scalar(number)], { commutative: true })
}
