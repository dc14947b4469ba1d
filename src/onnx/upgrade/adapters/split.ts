/**
 *     Split(x, sizes)                        -> Split(x) {split=sizes}            opset 2
 *     Split(x) {split=sizes}                 -> Split(x, sizes)                   opset 13
 *     Split(x)                               -> Split(x) {num_outputs}            opset 18, where no sizes are given
 */
import { attribute } from '../../../ir/attribute'
import type { Adapt, AdapterTable } from '../adapter'
import { dropInput, intsToInput, setDefault } from '../edit'

const split2: Adapt = (node, step) => {
  setDefault(node, 'axis', attribute.int(0))
  if (!node.inputs[1]) return undefined
  const sizes = step.facts.integers(node.inputs[1])
  if (!sizes) return 'its sizes are computed, which Split 2 does not allow'
  dropInput(node, 1)
  node.setAttribute('split', attribute.ints(sizes))
  return undefined
}

const split13: Adapt = (node, step) => {
  intsToInput(node, step, 'split', 1)
  return undefined
}

const split18: Adapt = (node) => {
  if (!node.inputs[1]) node.setAttribute('num_outputs', attribute.int(node.outputs.length))
  return undefined
}

export const split: readonly AdapterTable[] = [{ Split: { 2: split2, 13: split13, 18: split18 } }]
