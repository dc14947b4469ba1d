/**
 * Broadcasting by axis (before opset 7) as broadcasting from the last axis.
 *
 *     Add(a[2,3,4,5], b[3,4]) {broadcast=1, axis=1}   -> Add(a, Unsqueeze(b) {axes=[2]})
 *     PRelu(x[1,3,4,4], slope[3])                     -> PRelu(x, Unsqueeze(slope) {axes=[1,2]})
 *
 * Constants are given the new shape themselves.
 */
import { attribute } from '../../../ir/attribute'
import type { Node } from '../../../ir/node'
import type { Adapt, AdapterTable, Step } from '../adapter'
import { forAll, insert } from '../edit'

const elementwise7: Adapt = (node, step) => {
  const isAligned = node.int('broadcast', 0) === 0 || !node.attributes.has('axis')
  const axis = node.int('axis', 0)
  node.removeAttribute('broadcast')
  node.removeAttribute('axis')
  if (isAligned || step.facts.constant(node.inputs[1])?.size === 1) return undefined
  const whole = step.facts.rank(node.inputs[0])
  const part = step.facts.rank(node.inputs[1])
  if (whole === undefined || part === undefined) return 'it broadcasts by axis between values of unknown rank'
  const trailing = whole - (axis < 0 ? axis + whole : axis) - part
  if (trailing < 0) return `its second input of rank ${part} does not fit at axis ${axis} of rank ${whole}`
  appendAxes(node, step, part, trailing)
  return undefined
}

const prelu7: Adapt = (node, step) => {
  const slope = node.inputs[1]
  const rank = step.facts.rank(slope)
  if (step.facts.constant(slope)?.size === 1 || (rank !== undefined && rank !== 1)) return undefined
  const whole = step.facts.rank(node.inputs[0])
  if (rank === undefined || whole === undefined)
    return 'it shares slopes by channel on a value of unknown rank'
  appendAxes(node, step, 1, Math.max(whole - 2, 0))
  return undefined
}

/** Gives the second input, of rank `rank`, `count` more axes of size one at the end. */
function appendAxes(node: Node, step: Step, rank: number, count: number): void {
  if (count === 0) return
  const tensor = step.facts.constant(node.inputs[1])
  const axes = Array.from({ length: count }, (_, index) => rank + index)
  const aligned = tensor
    ? step.constant(node, 'aligned', tensor.withShape([...tensor.shape, ...axes.map(() => 1)]))
    : insert(node, 'Unsqueeze', [node.inputs[1]], { axes: attribute.ints(axes) })
  node.setInput(1, aligned)
}

export const broadcast: readonly AdapterTable[] = [
  forAll('Add And Div Equal Greater Less Mul Or Pow Sub Xor', 7, elementwise7),
  { PRelu: { 7: prelu7 } },
]
