/** Operators that normalize: over some axes, whose channels must stay, and along others, whose channels may go. */
import type { Place } from '../place'
import type { Flow } from '../relations'
import type { Sketch } from '../sketch'
import { GROUPS } from './convolution'
import { fromStart, type Rule, sameAxes, sizesOf, UNKNOWN_RANK, UNKNOWN_SIZE } from './rule'

/** Statistics change when zeros are left out, so what is normalized over keeps its channels. */
export const OVER = 'statistics are taken over these channels, and without them the rest would change'

/** Scale, bias, mean and variance by channel. */
const batchNormalization: Rule = (sketch) => {
  const { node } = sketch
  if (node.int('training_mode', 0) !== 0 || node.outputs.slice(1).some((output) => output))
    return 'it takes statistics of its input'
  if (node.int('spatial', 1) === 0) return 'it scales each position of space by itself'
  const [scale] = sketch.input(1) ?? []
  const known = sketch.input(0)
  const x = known ?? sketch.typedOutput()
  if (!x || x.length < 2) return UNKNOWN_RANK
  const sizes = [x[0]?.size, scale?.size, ...sizesOf(x.slice(2))]
  const [input, y] = [sketch.inputOf(0, sizes), sketch.output(0, sizes)]
  if (!input || !y) return UNKNOWN_RANK
  sameAxes(sketch, input, y)
  for (const index of [1, 2, 3, 4]) sketch.same(sketch.input(index)?.[0], y[1])
  sketch.flow('lost', ...y)
  sketch.flow('made', y[1])
  return undefined
}

/** Over space alone: each channel by itself. */
const instanceNormalization: Rule = (sketch) => {
  const x = sketch.input(0)
  const y = x && sketch.output(0, sizesOf(x))
  if (!x || !y || x.length < 2) return UNKNOWN_RANK
  sketch.same(x[0], y[0])
  sketch.same(x[1], y[1])
  for (const index of [1, 2]) sketch.same(sketch.input(index)?.[0], y[1])
  sketch.pin(OVER, ...x.slice(2), ...y.slice(2))
  sketch.flow('lost', y[0])
  sketch.flow('made', y[1])
  return undefined
}

/** Over each group's channels and space: only whole groups go. Scale and bias were by group before opset 21. */
const groupNormalization: Rule = (sketch) => {
  const x = sketch.input(0)
  const y = x && sketch.output(0, sizesOf(x))
  const channels = x?.[1]
  const groups = sketch.node.int('num_groups', 0)
  if (!x || !y || !channels || x.length < 2) return UNKNOWN_RANK
  if (channels.size === undefined || groups < 1) return UNKNOWN_SIZE
  const whole = sketch.virtual(GROUPS, groups)
  const inside = sketch.virtual('channels that are normalized together', channels.size / groups)
  sketch.block(channels, [whole, inside])
  sketch.pin(OVER, inside, ...x.slice(2), ...y.slice(2))
  for (const index of [1, 2]) sketch.same(sketch.input(index)?.[0], sketch.opset < 21 ? whole : channels)
  sketch.same(x[0], y[0])
  sketch.same(channels, y[1])
  sketch.flow('lost', y[0])
  sketch.flow('made', y[1])
  return undefined
}

/** Over all axes from `axis` on. */
const layerNormalization: Rule = (sketch) => {
  const { node } = sketch
  const x = sketch.input(0)
  if (!x) return UNKNOWN_RANK
  const axis = fromStart(node.int('axis', -1), x.length)
  const shifts = node.input(2) !== undefined
  for (const index of node.outputs.keys()) {
    const sizes = x.map((place, at) => (index > 0 && at >= axis ? 1 : place.size))
    const y = sketch.output(index, sizes)
    if (!y) continue
    over(sketch, x, y, (at) => at >= axis, shifts || index > 0 ? 'lost' : 'zero')
  }
  return undefined
}

/** Shares along an axis; before opset 13 along all axes from it on. */
const softmax: Rule = (sketch) => {
  const x = sketch.input(0)
  const y = x && sketch.output(0, sizesOf(x))
  if (!x || !y) return UNKNOWN_RANK
  const isNew = sketch.opset >= 13
  const axis = fromStart(sketch.node.int('axis', isNew ? -1 : 1), x.length)
  over(sketch, x, y, (at) => (isNew ? at === axis : at >= axis), 'lost')
  return undefined
}

/** y = x / ‖x‖, to which zeros add nothing. */
const lpNormalization: Rule = (sketch) => {
  const x = sketch.input(0)
  const y = x && sketch.output(0, sizesOf(x))
  if (!x || !y) return UNKNOWN_RANK
  sameAxes(sketch, x, y)
  sketch.flow('zero', ...y)
  sketch.sum(x[fromStart(sketch.node.int('axis', -1), x.length)])
  return undefined
}

/** Neighbors along the channels. */
const localResponse: Rule = (sketch) => {
  const x = sketch.input(0)
  const y = x && sketch.output(0, sizesOf(x))
  if (!x || !y) return UNKNOWN_RANK
  over(sketch, x, y, (at) => at === 1, 'zero')
  return undefined
}

function over(
  sketch: Sketch,
  x: readonly Place[],
  y: readonly Place[],
  isOver: (axis: number) => boolean,
  flow: Flow,
): void {
  x.forEach((place, axis) => {
    if (isOver(axis)) sketch.pin(OVER, place, y[axis])
    else sketch.same(place, y[axis])
  })
  sketch.flow(flow, ...y)
}

export const normalization: readonly [string, Rule][] = [
  ['BatchNormalization', batchNormalization],
  ['InstanceNormalization', instanceNormalization],
  ['GroupNormalization', groupNormalization],
  ['LayerNormalization', layerNormalization],
  ['RMSNormalization', layerNormalization],
  ['MeanVarianceNormalization', (sketch) => meanVariance(sketch)],
  ['Softmax', softmax],
  ['LogSoftmax', softmax],
  ['Hardmax', softmax],
  ['LpNormalization', lpNormalization],
  ['LRN', localResponse],
]

function meanVariance(sketch: Sketch): string | undefined {
  const x = sketch.input(0)
  const y = x && sketch.output(0, sizesOf(x))
  if (!x || !y) return UNKNOWN_RANK
  const axes = sketch.node.ints('axes', [0, 2, 3]).map((axis) => fromStart(axis, x.length))
  over(sketch, x, y, (at) => axes.includes(at), 'zero')
  return undefined
}
