import { attribute, type Graph, type Value } from '../../../ir'
import type { Permutation } from './permutation'
import { transposeOf } from './region'

/** A value with its axes in another order, by a new Transpose right behind what makes `place`. */
export function transposed(graph: Graph, value: Value, order: Permutation, place = value): Value {
  const { producer } = place
  const before = producer?.graph === graph ? producer.next : graph.first
  const perm = attribute.ints(order)
  return graph.add('Transpose', [value], { attributes: { perm }, before }).output() as Value
}

/** The same by the Transpose that there is already, which then comes before all others that read the value. */
export function transposedOnce(graph: Graph, value: Value, order: Permutation): Value {
  const known = value.consumers.find((node) => node.graph === graph && `${transposeOf(node)}` === `${order}`)
  if (!known) return transposed(graph, value, order)
  graph.move(known, value.producer?.graph === graph ? value.producer.next : graph.first)
  return known.output() as Value
}
