/**
 * Normalization and Dropout: which mode they run in, and what shape their statistics have.
 *
 *     BatchNormalization(x, ...) {is_test=1}  -> BatchNormalization(x, ...)       opset 7
 *     BatchNormalization(x, ...) {spatial=0}  -> (x - mean) / Sqrt(var + epsilon) * scale + bias         opset 9
 *     y, mean, var = BatchNormalization(...)  -> the same {training_mode=1}       opset 14
 *     Dropout(x) {is_test=1}                  -> Dropout(x)                       opset 7
 *     y, mask = Dropout(x)                    -> y, bools = Dropout(x); mask = Cast(bools)               opset 10
 *     GroupNormalization(x, scale[groups])    -> GroupNormalization(x, scale[channels])                  opset 21
 */
import { attribute } from '../../../ir/attribute'
import { dataTypeCode } from '../../../ir/dataType'
import type { Node } from '../../../ir/node'
import { Tensor } from '../../../ir/tensor'
import type { Value } from '../../../ir/value'
import type { Adapt, AdapterTable, Step } from '../adapter'
import { become, graphOf, insert, int64s, releaseOutputs } from '../edit'

const inferenceOnly7: Adapt = (node) => {
  if (node.int('is_test', 0) === 0) return 'it is in training mode (is_test = 0)'
  node.removeAttribute('is_test')
  return undefined
}

const batchNormalization9: Adapt = (node, step) => {
  const isSpatial = node.int('spatial', 1) !== 0
  node.removeAttribute('spatial')
  if (isSpatial) return undefined
  if (node.outputs.slice(1).some((output) => output))
    return 'it trains statistics for each position (spatial = 0)'
  return spellOut(node, step)
}

function spellOut(node: Node, step: Step): string | undefined {
  const [x, scale, bias, mean, variance] = node.inputs
  const dataType = step.facts.dataType(x)
  if (dataType !== 'float32') return 'it has statistics for each position (spatial = 0) and is not float32'
  const epsilon = step.constant(node, 'epsilon', Tensor.float32([node.float('epsilon', 1e-5)]))
  const deviation = insert(node, 'Sqrt', [insert(node, 'Add', [variance, epsilon])])
  const normal = insert(node, 'Div', [insert(node, 'Sub', [x, mean]), deviation])
  become(node, 'Add', [insert(node, 'Mul', [normal, scale]), bias])
  return undefined
}

const batchNormalization14: Adapt = (node) => {
  const [, mean, variance, ...saved] = node.outputs
  if (saved.some((output) => output && !output.isUnused)) return 'its saved statistics are read'
  for (const [index, output] of saved.entries()) if (output) forgetOutput(node, index + 3)
  if (!mean && !variance) return undefined
  node.setAttribute('training_mode', attribute.int(1))
  return undefined
}

function forgetOutput(node: Node, index: number): void {
  const output = node.outputs[index]
  node.setOutput(index, undefined)
  if (output) output.graph.forget(output)
}

const dropout10: Adapt = (node, step) => {
  if (!node.outputs[1]) return undefined
  const dataType = step.facts.dataType(node.inputs[0])
  if (!dataType) return 'its mask is read, and the element type of its input is unknown'
  const [y, mask] = releaseOutputs(node)
  const graph = graphOf(node)
  const bools = graph.createValue(`${mask?.name}_bool`)
  const { name } = node
  const attributes = Object.fromEntries(node.attributes)
  graph.add('Dropout', node.inputs, { attributes, before: node, name, outputs: [y, bools] })
  const to = attribute.int(dataTypeCode(dataType))
  graph.add('Cast', [bools], { attributes: { to }, before: node, outputs: [mask] })
  graph.remove(node)
  return undefined
}

const groupNormalization21: Adapt = (node, step) => {
  const groups = node.int('num_groups', undefined)
  if (!groups) return 'it has no attribute "num_groups"'
  const size = node.inputs[0]?.tensorType?.shape?.[1]
  if (groups < 1 || (typeof size === 'number' && size % groups !== 0))
    return `${size ?? 'its'} channels do not make ${groups} groups`
  const channels = channelsPerGroup(node, step, groups)
  const column = int64s(node, step, 'column', [groups, 1])
  const flat = int64s(node, step, 'flat', [-1])
  for (const index of [1, 2]) {
    const each = insert(node, 'Reshape', [node.inputs[index], column])
    const repeated = insert(node, 'Expand', [each, channels])
    node.setInput(index, insert(node, 'Reshape', [repeated, flat]))
  }
  return undefined
}

/** The shape `[1, channels / groups]` as a value. */
function channelsPerGroup(node: Node, step: Step, groups: number): Value {
  const channels = node.inputs[0]?.tensorType?.shape?.[1]
  if (typeof channels === 'number') return int64s(node, step, 'repeats', [1, channels / groups])
  const all = insert(node, 'Shape', [node.inputs[0]], { start: attribute.int(1), end: attribute.int(2) })
  const each = insert(node, 'Div', [all, int64s(node, step, 'groups', [groups])])
  return insert(node, 'Concat', [int64s(node, step, 'one', [1]), each], { axis: attribute.int(0) })
}

export const normalization: readonly AdapterTable[] = [
  { BatchNormalization: { 7: inferenceOnly7, 9: batchNormalization9, 14: batchNormalization14 } },
  { Dropout: { 7: inferenceOnly7, 10: dropout10 }, GroupNormalization: { 21: groupNormalization21 } },
]
