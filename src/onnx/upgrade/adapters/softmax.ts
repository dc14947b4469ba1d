/**
 * Before opset 13 these operators worked on their input as a matrix: axes before `axis` are rows, the others columns.
 * Since then they work along one axis.
 *
 *     Softmax(x) {axis=last}                 -> Softmax(x) {axis=last}
 *     Softmax(x[n,c,1,1]) {axis=1}           -> Softmax(x) {axis=1}
 *     Softmax(x) {axis}                      -> Reshape(Softmax(Flatten(x) {axis}) {axis=-1}, Shape(x))
 */
import { attribute } from '../../../ir/attribute'
import type { Node } from '../../../ir/node'
import type { Adapt, AdapterTable, Step } from '../adapter'
import { become, forAll, insert } from '../edit'

const coerced13: Adapt = (node, step) => {
  const axis = oneAxis(node, step)
  if (axis !== undefined) node.setAttribute('axis', attribute.int(axis))
  else throughMatrix(node)
  return undefined
}

/** The one axis that all columns lie along, where there is one. */
function oneAxis(node: Node, step: Step): number | undefined {
  const rank = step.facts.rank(node.inputs[0])
  const axis = node.int('axis', 1)
  if (axis === -1) return -1
  if (rank === undefined) return undefined
  const first = axis < 0 ? axis + rank : axis
  if (first === rank - 1) return first
  const sizes = node.inputs[0]?.tensorType?.shape
  if (!sizes || first < 0 || first >= rank) return undefined
  const long = sizes.flatMap((size, index) => (index < first || size === 1 ? [] : [index]))
  return long.length > 1 ? undefined : (long[0] ?? first)
}

function throughMatrix(node: Node): void {
  const input = node.inputs[0]
  const shape = insert(node, 'Shape', [input])
  const matrix = insert(node, 'Flatten', [input], { axis: attribute.int(node.int('axis', 1)) })
  const result = insert(node, node.opType, [matrix], { axis: attribute.int(-1) })
  become(node, 'Reshape', [result, shape])
}

export const softmax: readonly AdapterTable[] = [forAll('Hardmax LogSoftmax Softmax', 13, coerced13)]
