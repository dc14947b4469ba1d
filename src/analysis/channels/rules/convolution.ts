/** Convolutions and what is pooled or resized over the same axes: [batch, channels, ...space]. */
import type { Node } from '../../../ir'
import type { Place } from '../place'
import type { Sketch } from '../sketch'
import { type Rule, sizesOf, UNKNOWN_RANK } from './rule'

/** Names of the axes that only a grouped convolution knows. */
export const GROUPS = 'groups'
const PER_GROUP = 'channels of a group'

/**
 *     y[:, o] = Σᵢ w[o, i] ∗ x[:, i] + b[o]
 *
 * In groups, x and y are laid out as [groups, channels of a group]: either whole groups go, or the same channels of each.
 */
const conv: Rule = (sketch) => {
  const weight = sketch.input(1)
  if (!weight) return UNKNOWN_RANK
  const [outputs, inputs] = weight as [Place, Place]
  const groups = sketch.node.int('group', 1)
  const wanted = inputs.size === undefined ? undefined : inputs.size * groups
  const x = sketch.inputOf(0, [undefined, wanted, ...weight.slice(2).map(() => undefined)])
  if (!x) return UNKNOWN_RANK
  const y = sketch.output(0, [x[0]?.size, outputs.size, ...weight.slice(2).map(() => undefined)])
  if (!y) return UNKNOWN_RANK
  if (groups === 1) {
    sketch.same(x[1], inputs)
    sketch.sum(x[1], { partner: inputs, takesNumbers: !isPadded(sketch.node) && sketch.isFloatConstant(1) })
  } else {
    const whole = sketch.virtual(GROUPS, groups)
    sketch.block(x[1] as Place, [whole, inputs])
    if (inputs.size !== 1) sketch.sum(x[1], { along: inputs })
    layOut(sketch, y[1] as Place, whole)
  }
  sketch.same(outputs, y[1])
  finishLayer(sketch, x, y)
  // A depthwise convolution is as wide as what it reads: that is another layer's width.
  if (groups === 1 || inputs.size !== 1) sketch.make(y[1])
  return undefined
}

/** Whether zeros are added around the input, which are no such numbers as it holds elsewhere. */
function isPadded(node: Node): boolean {
  const automatic = node.string('auto_pad', 'NOTSET')
  if (automatic === 'VALID') return false
  return automatic !== 'NOTSET' || (node.ints('pads', undefined) ?? []).some((pad) => pad !== 0)
}

/**
 * The weight of ConvTranspose is [inputs, outputs of a group, ...kernel].
 */
const convTranspose: Rule = (sketch) => {
  const weight = sketch.input(1)
  if (!weight) return UNKNOWN_RANK
  const [inputs, outputs] = weight as [Place, Place]
  const groups = sketch.node.int('group', 1)
  const space = weight.slice(2).map(() => undefined)
  const x = sketch.inputOf(0, [undefined, inputs.size, ...space])
  const made = outputs.size === undefined ? undefined : outputs.size * groups
  const y = x && sketch.output(0, [x[0]?.size, made, ...space])
  if (!x || !y) return UNKNOWN_RANK
  sketch.same(x[1], inputs)
  if (groups === 1) {
    sketch.sum(x[1], { partner: inputs })
    sketch.same(outputs, y[1])
  } else {
    const whole = sketch.virtual(GROUPS, groups)
    layOut(sketch, x[1] as Place, whole)
    const size = inputs.size === undefined ? 1 : inputs.size / groups
    if (size > 1) sketch.sum(x[1], { along: sketch.virtual(PER_GROUP, size) })
    sketch.block(y[1] as Place, [whole, outputs])
  }
  finishLayer(sketch, x, y)
  sketch.make(y[1])
  return undefined
}

/** A channel axis as groups of channels that no other axis counts. */
function layOut(sketch: Sketch, channels: Place, groups: Place): void {
  if (channels.size === undefined) sketch.pin(UNKNOWN_RANK, channels, groups)
  else {
    const perGroup = channels.size / (groups.size ?? 1)
    sketch.block(channels, perGroup === 1 ? [groups] : [groups, sketch.virtual(PER_GROUP, perGroup)])
  }
}

function finishLayer(sketch: Sketch, x: readonly Place[], y: readonly Place[]): void {
  sketch.same(sketch.input(2)?.[0], y[1])
  sketch.same(x[0], y[0])
  sketch.flow('lost', y[0])
  sketch.flow('made', y[1])
}

/** Windows along the axes after the second. */
const pooling: Rule = (sketch) => {
  const x = sketch.input(0)
  if (!x || x.length < 2) return UNKNOWN_RANK
  for (const index of sketch.node.outputs.keys()) {
    const y = sketch.output(index, [...sizesOf(x.slice(0, 2)), ...x.slice(2).map(() => undefined)])
    if (!y) continue
    sketch.same(x[0], y[0])
    sketch.same(x[1], y[1])
    sketch.flow(isUneven(sketch.node) ? 'zero' : 'covering', ...y)
  }
  return undefined
}

/** Whether windows make something else of the same number everywhere. */
function isUneven(node: Node): boolean {
  return node.is('LpPool', 'GlobalLpPool') || isPadded(node) || node.int('ceil_mode', 0) !== 0
}

/** [batch, channels · block², height, width] ↔ [batch, channels, height · block, width · block] */
function blockwise(deep: 'input' | 'output'): Rule {
  return (sketch) => {
    const block = sketch.node.int('blocksize', 0) ** 2
    const x = sketch.input(0)
    const channels = x?.[1]?.size
    if (!x || channels === undefined || block === 0) return UNKNOWN_RANK
    const made = deep === 'input' ? channels / block : channels * block
    const y = sketch.output(0, [x[0]?.size, made, undefined, undefined])
    if (!y) return UNKNOWN_RANK
    const [flat, single] = deep === 'input' ? [x[1], y[1]] : [y[1], x[1]]
    mapBlocks(sketch, flat as Place, single as Place, Math.min(channels, made))
    sketch.same(x[0], y[0])
    return undefined
  }
}

/** DCR and SpaceToDepth count blocks first, CRD counts channels first. */
function mapBlocks(sketch: Sketch, flat: Place, single: Place, channels: number): void {
  const isColumnFirst = sketch.node.string('mode', 'DCR') === 'CRD'
  const from = Int32Array.from({ length: flat.size ?? 0 }, (_, index) => index)
  const block = from.length / channels
  const to = from.map((index) => (isColumnFirst ? Math.floor(index / block) : index % channels))
  sketch.map(flat, from, single, to)
}

export const convolution: readonly [string, Rule][] = [
  ['Conv', conv],
  ['ConvTranspose', convTranspose],
  ...'MaxPool AveragePool LpPool GlobalAveragePool GlobalMaxPool GlobalLpPool'
    .split(' ')
    .map((word): [string, Rule] => [word, pooling]),
  ['DepthToSpace', blockwise('input')],
  ['SpaceToDepth', blockwise('output')],
]
