/**
 * Numbers that moved from attributes to inputs of the data's own element type.
 *
 *     Clip(x) {min=0, max=6}                 -> Clip(x, 0, 6)                     opset 11
 *     Pad(x) {pads, value}                   -> Pad(x, pads, value)               opset 11
 *     Dropout(x) {ratio}                     -> Dropout(x, ratio)                 opset 12
 */
import type { DataType } from '../../../ir/dataType'
import type { Node } from '../../../ir/node'
import { Tensor } from '../../../ir/tensor'
import type { Adapt, AdapterTable, Step } from '../adapter'
import { int64s } from '../edit'
import { float16Bits } from '../float16Bits'

const clip11: Adapt = (node, step) => floatToInput(node, step, 'min', 1) ?? floatToInput(node, step, 'max', 2)

const pad11: Adapt = (node, step) => {
  const pads = node.attributeOf('pads', 'ints')
  if (!pads) return 'it has no attribute "pads"'
  node.removeAttribute('pads')
  node.setInput(1, int64s(node, step, 'pads', pads))
  // Zero is what padding means without a value, and needs no element type.
  if (node.float('value', 0) === 0) node.removeAttribute('value')
  return floatToInput(node, step, 'value', 2)
}

const dropout12: Adapt = (node, step) => {
  const ratio = node.float('ratio', undefined)
  node.removeAttribute('ratio')
  if (ratio !== undefined) node.setInput(1, step.constant(node, 'ratio', Tensor.float32([ratio])))
  return undefined
}

/** Moves a number to input `index`; returns why it cannot. */
function floatToInput(node: Node, step: Step, name: string, index: number): string | undefined {
  const number = node.float(name, undefined)
  if (number === undefined) return undefined
  const tensor = scalar(step.facts.dataType(node.inputs[0]), number)
  if (!tensor) return `the element type of its input is unknown, and its ${name} must have the same`
  node.removeAttribute(name)
  node.setInput(index, step.constant(node, name, tensor))
  return undefined
}

function scalar(dataType: DataType | undefined, number: number): Tensor | undefined {
  if (dataType === 'float32') return Tensor.float32([number])
  if (dataType === 'float64') return Tensor.from('float64', [], Float64Array.of(number))
  return dataType === 'float16' ? Tensor.from('float16', [], Uint16Array.of(float16Bits(number))) : undefined
}

export const floatsToInputs: readonly AdapterTable[] = [
  { Clip: { 11: clip11 }, Dropout: { 12: dropout12 }, Pad: { 11: pad11 } },
]
