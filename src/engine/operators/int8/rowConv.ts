/**
 * A convolution of bytes of one channel along one axis is a product of its windows, laid out as rows: four taps are a word, where panels
 * of channels would have three of four bytes empty.
 */
import { Tensor } from '../../../ir'
import { integerForm, integerLinear } from '../../choice/linearAlternatives'
import type { Group } from '../../fusion/fusion'
import { copyStep, filled } from '../../plan/copy'
import { Fact } from '../../plan/fact'
import { flipped, unsignedOf } from '../../plan/integers'
import type { Lowering } from '../../plan/lowering'
import { Slot } from '../../plan/slot'
import { isOfRows } from '../rowConv'
import type { Convolution } from './conv'
import { byteRule, emitRule } from './sumRule'

/** Where the result is bytes; says how many nodes of the group that covers, 0 where it does not fit. */
export function lowerRows(
  plan: Lowering,
  found: Convolution,
  bias: Fact | undefined,
  group: Group | undefined,
): number {
  const { weights, window, images, groups, inputs, outputs, x } = found
  if (!group || !isOfRows(window, groups, inputs)) return 0
  const rule = byteRule(plan, group, { x, weights, bias }, () => undefined)
  if (!rule?.dataType) return 0
  const { kernel: taps, out: pixels } = window.width
  const rows = images * pixels
  const dense = {
    tensor: weights.tensor,
    form: integerForm(rows),
    parameters: [1, outputs, taps, 1, taps, 1, 0],
  }
  const to = Slot.arena(rows * outputs)
  const step = emitRule(
    plan,
    'qmatmul.rows',
    [windowsOf(plan, found), dense],
    to,
    [rows, outputs, taps, x.zeroPoint],
    rule,
  )
  step.alternatives = integerLinear({ dense, rows, outputs, inputs: taps, isTransposed: true }, 'rows')
  plan.define(group.nodes[rule.covered - 1]?.output(), turned(plan, rule.dataType, found, to))
  return rule.covered
}

/** A row for each pixel: the bytes that the kernel sees there. */
function windowsOf(plan: Lowering, { x, images, window: { width } }: Convolution): Slot {
  const row = width.pad + width.in + width.padEnd
  const bytes = Fact.at('uint8', [images, width.in], unsignedOf(plan, x.fact))
  const image = { size: images, from: width.in, to: row }
  let all = bytes
  if (row > width.in) {
    all = filled(plan, Fact.constant(Tensor.from('uint8', [], Uint8Array.of(x.zeroPoint))), [images, row])
    copyStep(plan, bytes, all, [image, { size: width.in, from: 1, to: 1 }], { from: 0, to: width.pad })
  }
  const { out, kernel, stride } = width
  const windows = Fact.at('uint8', [images * out, kernel], Slot.arena(images * out * kernel))
  copyStep(plan, all, windows, [
    { size: images, from: row, to: out * kernel },
    { size: out, from: stride, to: kernel },
    { size: kernel, from: 1, to: 1 },
  ])
  return plan.slotOf(windows)
}

/** The value whose channels follow one another in `rows`, brought into another order when something asks for it. */
function turned(
  plan: Lowering,
  dataType: Fact['dataType'],
  { shape, images, outputs, window }: Convolution,
  rows: Slot,
): Fact {
  const { out } = window.width
  const { nodes } = plan
  const copied = (type: 'uint8' | 'float32', channels: number) =>
    plan.within(nodes, () => {
      const to = Fact.at(type, [images, channels, out], Slot.arena(rows.bytes))
      copyStep(plan, Fact.at(type, [images, out, channels], rows), to, [
        { size: images, from: out * channels, to: out * channels },
        { size: channels, from: 1, to: out },
        { size: out, from: channels, to: 1 },
      ])
      return plan.slotOf(to)
    })
  const y = new Fact(dataType, shape)
  y.make = {
    unsigned: () => copied('uint8', outputs),
    // Four channels are a word.
    ...(outputs % 4 === 0 && { panels: () => copied('float32', outputs / 4) }),
    slot: () => flipped(plan, unsignedOf(plan, y), y),
  }
  return y
}
