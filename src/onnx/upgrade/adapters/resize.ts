/**
 * Resampling, from Upsample to Resize.
 *
 *     Upsample(x) {height_scale, width_scale} -> Upsample(x) {scales=[1,1,h,w]}    opset 7
 *     Upsample(x) {scales}                   -> Upsample(x, scales)               opset 9
 *     Upsample(x, scales)                    -> Resize(x, scales)                 opset 10
 *     Resize(x, scales)                      -> Resize(x, roi=[], scales) {asymmetric, floor or ceil}    opset 11
 *     Resize(x, [], [], sizes)               -> Resize(x, _, _, sizes)            opset 13
 *     Resize(x) {tf_half_pixel_for_nn, floor} -> Resize(x) {half_pixel, round_prefer_ceil}               opset 13
 *
 * Resize 10 has no words for where it samples: at x / scale, and by nearest neighbor rounded down along axes that grow
 * and up along axes that shrink. An opset 11 node rounds all axes one way, so a node that may do both becomes two.
 */
import { attribute } from '../../../ir/attribute'
import type { Node } from '../../../ir/node'
import { Tensor } from '../../../ir/tensor'
import type { Value } from '../../../ir/value'
import type { Adapt, AdapterTable, Step } from '../adapter'
import { become, dropInput, insert } from '../edit'

const upsample7: Adapt = (node) => {
  const height = node.float('height_scale', undefined)
  const width = node.float('width_scale', undefined)
  if (height === undefined || width === undefined) return 'it has no scales'
  const mode = node.string('mode', 'nearest') === 'nearest' ? 'nearest' : 'linear'
  become(node, 'Upsample', [node.inputs[0]], {
    mode: attribute.string(mode),
    scales: attribute.floats([1, 1, height, width]),
  })
  return undefined
}

const upsample9: Adapt = (node, step) => {
  const scales = node.floats('scales', undefined)
  if (!scales) return 'it has no scales'
  node.removeAttribute('scales')
  node.setInput(1, scalesConstant(node, step, 'scales', scales))
  return undefined
}

const upsample10: Adapt = (node, step) => {
  node.opType = 'Resize'
  step.enlarging.add(node)
  return undefined
}

const resize11: Adapt = (node, step) => {
  const [input, scales] = node.inputs
  if (!scales) return 'it has no scales'
  if (node.string('mode', 'nearest') !== 'nearest') return sample(node, step, [input, scales])
  const known = step.facts.numbers(scales)
  if (step.enlarging.has(node) || known?.every((scale) => scale >= 1))
    return sample(node, step, [input, scales], 'floor')
  if (known?.every((scale) => scale <= 1)) return sample(node, step, [input, scales], 'ceil')
  const [grow, shrink] = known ? splitScales(node, step, known) : splitComputed(node, step, scales)
  const grown = insert(node, 'Resize', [input])
  const first = grown.producer as Node
  first.setAttribute('mode', attribute.string('nearest'))
  sample(first, step, [input, grow], 'floor')
  return sample(node, step, [grown, shrink], 'ceil')
}

function sample(
  node: Node,
  step: Step,
  [input, scales]: readonly (Value | undefined)[],
  rounding?: 'floor' | 'ceil',
): undefined {
  node.setInput(0, input)
  node.setInput(1, scalesConstant(node, step, 'roi', []))
  node.setInput(2, scales)
  node.setAttribute('coordinate_transformation_mode', attribute.string('asymmetric'))
  if (rounding) node.setAttribute('nearest_mode', attribute.string(rounding))
}

function splitScales(node: Node, step: Step, scales: readonly number[]): [Value, Value] {
  const grow = scales.map((scale) => Math.max(scale, 1))
  const shrink = scales.map((scale) => Math.min(scale, 1))
  return [scalesConstant(node, step, 'grow', grow), scalesConstant(node, step, 'shrink', shrink)]
}

function splitComputed(node: Node, step: Step, scales: Value): [Value, Value] {
  const one = step.constant(node, 'one', Tensor.float32([1]))
  return [insert(node, 'Max', [scales, one]), insert(node, 'Min', [scales, one])]
}

function scalesConstant(node: Node, step: Step, role: string, scales: readonly number[]): Value {
  return step.constant(node, role, Tensor.float32(scales, [scales.length]))
}

/** Inputs that had to be there, if only empty, may now be absent. */
const resize13: Adapt = (node, step) => {
  for (const index of [2, 1]) if (step.facts.constant(node.inputs[index])?.size === 0) dropInput(node, index)
  return node.string('coordinate_transformation_mode', 'half_pixel') === 'tf_half_pixel_for_nn'
    ? withoutTensorflowMode(node)
    : undefined
}

/** What rounds (x + 0.5) / scale - 0.5 to where each of these rounds (x + 0.5) / scale. */
const WITHOUT_HALF: Readonly<Record<string, string>> = {
  floor: 'round_prefer_ceil',
  round_prefer_floor: 'ceil',
}

function withoutTensorflowMode(node: Node): string | undefined {
  const rounding = WITHOUT_HALF[node.string('nearest_mode', 'round_prefer_floor')]
  if (node.string('mode', 'nearest') !== 'nearest' || !rounding)
    return 'no other mode samples where tf_half_pixel_for_nn does with this rounding'
  node.setAttribute('coordinate_transformation_mode', attribute.string('half_pixel'))
  node.setAttribute('nearest_mode', attribute.string(rounding))
  return undefined
}

export const resize: readonly AdapterTable[] = [
  { Resize: { 11: resize11, 13: resize13 }, Upsample: { 7: upsample7, 9: upsample9, 10: upsample10 } },
]
