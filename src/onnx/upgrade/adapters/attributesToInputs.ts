/**
 * Integers that moved from attributes to inputs, so that they may be computed.
 *
 *     Reshape(x) {shape}                     -> Reshape(x, shape)                 opset 5
 *     Slice(x) {starts, ends, axes}          -> Slice(x, starts, ends, axes)      opset 10
 *     TopK(x) {k}                            -> TopK(x, [k])                      opset 10
 *     Squeeze(x) {axes}                      -> Squeeze(x, axes)                  opset 13, as Unsqueeze, ReduceSum
 *     ReduceMean(x) {axes}                   -> ReduceMean(x, axes)               opset 18, as all other reductions
 *     DFT(x, length) {axis}                  -> DFT(x, length, axis)              opset 20
 *     Tile(x, tiles, axis)                   -> Tile(x, repeats)                  opset 6
 */
import type { Adapt, AdapterTable } from '../adapter'
import { forAll, int64, int64s, intsToInput } from '../edit'

const REDUCTIONS =
  'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSumSquare'

/** No axes at all and an empty list both mean every axis, before and after. */
const axesToInput: Adapt = (node, step) => {
  intsToInput(node, step, 'axes', 1)
  return undefined
}

const unsqueeze13: Adapt = (node, step) => {
  const axes = node.attributeOf('axes', 'ints')
  if (!axes) return 'it has no attribute "axes"'
  node.removeAttribute('axes')
  // Unlike elsewhere an empty list must stay: the input is not optional.
  node.setInput(1, int64s(node, step, 'axes', axes))
  return undefined
}

const reshape5: Adapt = (node, step) => {
  const shape = node.attributeOf('shape', 'ints')
  node.removeAttribute('consumed_inputs')
  node.removeAttribute('shape')
  if (!shape) return 'it has no attribute "shape"'
  node.setInput(1, int64s(node, step, 'shape', shape))
  return undefined
}

const slice10: Adapt = (node, step) => {
  if (!node.attributes.has('starts') || !node.attributes.has('ends')) return 'it has no bounds'
  for (const [index, name] of ['starts', 'ends', 'axes'].entries()) intsToInput(node, step, name, index + 1)
  return node.inputs.length < 3 ? 'its bounds are empty' : undefined
}

const topK10: Adapt = (node, step) => {
  const k = node.attributeOf('k', 'int')
  if (k === undefined) return 'it has no attribute "k"'
  node.removeAttribute('k')
  node.setInput(1, int64s(node, step, 'k', [k]))
  return undefined
}

const dft20: Adapt = (node, step) => {
  const axis = node.int('axis', 1)
  node.removeAttribute('axis')
  node.setInput(2, int64(node, step, 'axis', axis))
  return undefined
}

const tile6: Adapt = (node, step) => {
  const tiles = step.facts.integers(node.inputs[1])?.[0]
  const axis = step.facts.integers(node.inputs[2])?.[0]
  const rank = step.facts.rank(node.inputs[0])
  if (tiles === undefined || axis === undefined) return 'its tiles or axis are computed'
  if (rank === undefined) return 'the rank of its input is unknown'
  const repeats = Array.from({ length: rank }, (_, index) => (index === axis ? tiles : 1))
  node.setInput(2, undefined)
  node.setInput(1, int64s(node, step, 'repeats', repeats))
  return undefined
}

export const attributesToInputs: readonly AdapterTable[] = [
  forAll('ReduceSum Squeeze', 13, axesToInput),
  forAll(REDUCTIONS, 18, axesToInput),
  { DFT: { 20: dft20 }, Reshape: { 5: reshape5 }, Slice: { 10: slice10 } },
  { Tile: { 6: tile6 }, TopK: { 10: topK10 }, Unsqueeze: { 13: unsqueeze13 } },
]
