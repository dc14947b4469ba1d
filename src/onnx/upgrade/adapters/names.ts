/**
 * The same operation in other words.
 *
 *     Scatter(x, indices, updates)           -> ScatterElements(x, indices, updates)                     opset 11
 *     RoiAlign(x, rois, batch)               -> RoiAlign(x, rois, batch) {output_half_pixel}             opset 16
 *     GridSample(x, grid) {mode="bilinear"}  -> GridSample(x, grid) {mode="linear"}                      opset 20
 */
import { attribute } from '../../../ir/attribute'
import type { Adapt, AdapterTable } from '../adapter'

const scatter11: Adapt = (node) => {
  node.opType = 'ScatterElements'
  return undefined
}

/** The newer default shifts the boxes by half a pixel. */
const roiAlign16: Adapt = (node) => {
  node.setAttribute('coordinate_transformation_mode', attribute.string('output_half_pixel'))
  return undefined
}

const MODES: Readonly<Record<string, string>> = { bilinear: 'linear', bicubic: 'cubic', nearest: 'nearest' }

const gridSample20: Adapt = (node) => {
  const before = node.string('mode', 'bilinear')
  const after = MODES[before]
  if (!after) return `its mode ${JSON.stringify(before)} is none of GridSample 16`
  node.setAttribute('mode', attribute.string(after))
  return undefined
}

export const names: readonly AdapterTable[] = [
  { GridSample: { 20: gridSample20 }, RoiAlign: { 16: roiAlign16 }, Scatter: { 11: scatter11 } },
]
