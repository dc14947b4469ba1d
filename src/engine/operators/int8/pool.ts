/** Pooling of 8-bit images. */
import type { Node } from '../../../ir'
import type { Group } from '../../fusion/fusion'
import type { Fact } from '../../plan/fact'
import { imageOf, inPanels, panelSlot, panelsOf } from '../../plan/integers'
import type { Lowering } from '../../plan/lowering'
import { flipOf, type Integers, integersOf, type Target, targetOf } from '../../plan/scale'
import { decline } from '../../plan/unplannable'
import { outputSizes, type Window, type WindowAxis, windowOf, windowParameters } from '../window'
import { applyTable, rescaling } from './table'

function pooled(
  plan: Lowering,
  x: Integers,
  variant: 'max' | 'average',
  window: Window,
  countsPadding: boolean,
  target: Target,
) {
  const [images, channels] = imageOf(x.fact)
  const shape = [images, channels, ...outputSizes(window, x.fact.rank - 2)]
  const y = inPanels(plan, target.dataType, shape)
  const ends = [window.height.padEnd, window.width.padEnd]
  const scales = [Math.fround(x.scale / target.scale), x.zeroPoint, target.zeroPoint]
  const sizes = [
    images * Math.ceil(channels / 4),
    ...windowParameters(window),
    countsPadding ? 1 : 0,
    ...ends,
    ...scales,
  ]
  plan.step(`qpool.${variant}`, [panelsOf(plan, x.fact)], [y.panels ?? panelSlot(y)], sizes, 'C4')
  return y
}

function wholeAxis(size: number): WindowAxis {
  return { in: size, out: 1, kernel: size, stride: 1, dilation: 1, pad: 0, padEnd: 0 }
}

function windowFor(node: Node, spatial: readonly number[]): Window | undefined {
  if (spatial.length < 1 || spatial.length > 2) return undefined
  if (node.is('GlobalAveragePool')) {
    const [height, width] = spatial.length === 2 ? spatial : [1, ...spatial]
    return { height: wholeAxis(height ?? 1), width: wholeAxis(width ?? 1) }
  }
  const kernel = node.ints('kernel_shape', undefined)
  return kernel && windowOf(node, spatial, kernel)
}

/** A MaxPool of 8-bit integers themselves: whatever they mean, they are in the same order. */
export function lowerMaxOfBytes(node: Node, plan: Lowering, fact: Fact): void {
  const window = windowFor(node, fact.shape.slice(2)) ?? decline('windows of other than one or two axes')
  if (fact.size === 0) decline('no pixels')
  const { dataType } = fact
  const any = { scale: 1, zeroPoint: flipOf(dataType) }
  plan.define(node.output(), pooled(plan, { fact, ...any }, 'max', window, false, { dataType, ...any }))
}

export function lowerIntegers(node: Node, plan: Lowering, group: Group): number {
  const x = integersOf(plan.input(node, 0))
  const target = targetOf(plan, group.quantize)
  const window = x && windowFor(node, x.fact.shape.slice(2))
  if (!x || !target || !window || group.activation || x.fact.size === 0 || node.outputs.length > 1) return 0
  const last = group.nodes.at(-1)?.output()
  if (!node.is('MaxPool')) {
    const counts = node.int('count_include_pad', 0) !== 0
    plan.define(last, pooled(plan, x, 'average', window, counts, target))
    return group.nodes.length
  }
  const same: Target = { scale: x.scale, zeroPoint: x.zeroPoint, dataType: target.dataType }
  const y = pooled(plan, x, 'max', window, false, same)
  const table = rescaling(x, target)
  plan.define(last, table ? applyTable(plan, y, target.dataType, table) : y)
  return group.nodes.length
}
