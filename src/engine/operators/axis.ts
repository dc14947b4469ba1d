import type { Node } from '../../ir'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'

/** An axis from 0 to rank − 1, counted from the end where it is negative. */
export function axisOf(axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis
  return at >= 0 && at < rank ? at : decline(`axis ${axis} of ${rank}`)
}

/** Axes of a node: an attribute in older operator sets, input `index` in newer ones. */
export function axesOf(node: Node, index: number, plan: Lowering): readonly number[] | undefined {
  const attribute = node.ints('axes', undefined)
  if (attribute) return attribute
  const input = plan.optional(node, index)
  return input && plan.numbers(input)
}

/** Product of the sizes from one axis to another, that one left out. */
export function sizeBetween(shape: readonly number[], from: number, to: number): number {
  return shape.slice(from, to).reduce((product, size) => product * size, 1)
}
