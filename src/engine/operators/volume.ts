/**
 * Convolutions and pooling over three axes. With depth in front of the channels, what an output's depth looks at lies
 * together: an image of all these channels, to which an ordinary convolution is applied. Maxima and means are taken of the
 * last two axes, and then of depth.
 */
import { countElements, type Node, type Tensor } from '../../ir'
import type { Group } from '../fusion/fusion'
import { computedTensor } from '../plan/computedTensor'
import { copyStep, filled } from '../plan/copy'
import { Fact } from '../plan/fact'
import { Latest } from '../plan/latest'
import type { Lowering } from '../plan/lowering'
import { tensorPart } from '../plan/tensorPart'
import { decline } from '../plan/unplannable'
import { epilogueOf } from './epilogue'
import { addStep } from './imageConv'
import { SINGLE, type Window, type WindowAxis, windowAxes } from './window'

interface Volume {
  readonly x: Fact
  readonly weights: Tensor
  readonly depth: WindowAxis
  readonly window: Window
}

function volumeOf(node: Node, plan: Lowering): Volume {
  const [x, weights] = [plan.floats(node, 0), plan.floats(node, 1)]
  const known = plan.knownTensor(weights) ?? decline('weights that are computed')
  const [depth, height, width] = windowAxes(node, x.shape.slice(2), weights.shape.slice(2)) as [
    WindowAxis,
    WindowAxis,
    WindowAxis,
  ]
  if (node.int('group', 1) !== 1 || weights.dim(1) !== x.dim(1)) decline('groups of volumes')
  if (depth.dilation !== 1) decline('a depth with gaps')
  return { x, weights: known, depth, window: { height, width } }
}

/** How many nodes of the group are covered. */
export function lowerVolume(node: Node, plan: Lowering, group?: Group): number {
  const { x, weights, depth, window } = volumeOf(node, plan)
  const { bias, residual, activation } = epilogueOf(plan, plan.optional(node, 2), group)
  // A residual has its axes in another order.
  const isActivated = !residual && group?.activation !== undefined && group.nodes[1] === group.activation
  const epilogue = { bias, residual: undefined, activation: isActivated ? activation : ([0, 0, 0] as const) }
  const [images = 1] = x.shape
  const outputs = weights.shape[0] ?? 1
  const { height, width } = window
  const pixels = height.out * width.out
  const y = plan.create('float32', [images, outputs, depth.out, height.out, width.out])
  const slice = [depth.kernel * x.dim(1), height.in, width.in]
  const turned = Fact.constant(depthFirst(weights))
  for (let image = 0; image < images && y.size > 0; image++) {
    const from = slicesOf(plan, x, image, depth)
    const to = plan.create('float32', [depth.out, outputs, height.out, width.out])
    for (let at = 0; at < depth.out; at++) {
      const start = at * depth.stride * x.dim(1) * height.in * width.in
      const part = plan.part(from, start, [1, ...slice])
      const shape = [1, outputs, height.out, width.out]
      const result = plan.part(to, at * outputs * pixels, shape)
      addStep(plan, { x: part, weights: turned, window, images: 1, groups: 1, shape }, result, epilogue)
    }
    const axes = [
      { size: outputs, from: pixels, to: depth.out * pixels },
      { size: depth.out, from: outputs * pixels, to: pixels },
      { size: pixels, from: 1, to: 1 },
    ]
    copyStep(plan, to, y, axes, { from: 0, to: (image * y.size) / images })
  }
  const covered = isActivated ? 2 : 1
  plan.define((group?.nodes ?? [node])[covered - 1]?.output(), y)
  return covered
}

/** An image with its depth in front of the channels, and zeros around that. */
function slicesOf(plan: Lowering, x: Fact, image: number, { pad, padEnd, in: size }: WindowAxis): Fact {
  const [, channels = 1, , height = 1, width = 1] = x.shape
  const pixels = height * width
  const shape = [pad + size + padEnd, channels, height, width]
  const to = pad + padEnd > 0 ? filled(plan, plan.scalar('float32', 0), shape) : plan.create('float32', shape)
  const axes = [
    { size, from: pixels, to: channels * pixels },
    { size: channels, from: size * pixels, to: pixels },
    { size: pixels, from: 1, to: 1 },
  ]
  const offsets = { from: image * channels * size * pixels, to: pad * channels * pixels }
  copyStep(plan, x, to, axes, offsets)
  return to
}

const turnedWeights = new Latest<Tensor, Tensor>()

/** Weights [outputs, inputs, depth, height, width] as [outputs, depth · inputs, height, width]. */
function depthFirst(weights: Tensor): Tensor {
  const [outputs = 1, inputs = 1, depth = 1, height = 1, width = 1] = weights.shape
  if (depth === 1) return weights.withShape([outputs, inputs, height, width])
  return turnedWeights.get(weights, [], () =>
    computedTensor('float32', [outputs, depth * inputs, height, width], (start, end) =>
      turnedPart(weights, start, end),
    ),
  )
}

/** Elements `start` … `end` - 1, computed with the rest of the outputs that they are weights of. */
function turnedPart(weights: Tensor, start: number, end: number): Float32Array {
  const [, inputs = 1, depth = 1, ...taps] = weights.shape
  const image = countElements(taps)
  const size = inputs * depth * image
  const first = Math.floor(start / size)
  const outputs = Math.ceil(end / size) - first
  const from = tensorPart(weights, first * size, [outputs * size]).elements as Float32Array
  const to = new Float32Array(from.length)
  for (let o = 0, at = 0; o < outputs; o++)
    for (let d = 0; d < depth; d++)
      for (let k = 0; k < inputs; k++, at += image) {
        const place = o * size + (k * depth + d) * image
        to.set(from.subarray(place, place + image), at)
      }
  return to.subarray(start - first * size, end - first * size)
}

/**
 * Pools over three axes by pooling over two, twice.
 * @param pool over images `[images, channels, height, width]`
 */
export function pooledVolume(
  plan: Lowering,
  node: Node,
  x: Fact,
  kernel: readonly number[],
  pool: (x: Fact, window: Window) => Fact,
): Fact {
  const [depth, height, width] = windowAxes(node, x.shape.slice(2), kernel) as [
    WindowAxis,
    WindowAxis,
    WindowAxis,
  ]
  const isCut = [depth, height, width].some(
    ({ pad, padEnd, in: size, out, stride, kernel: taps }) =>
      pad + padEnd > 0 || (out - 1) * stride + taps > size,
  )
  if (node.is('AveragePool') && isCut) decline('a mean of volumes over windows that are cut off')
  const [images = 1, channels = 1] = x.shape
  const planes = plan.reshaped(x, [images, channels * depth.in, height.in, width.in])
  const pixels = height.out * width.out
  const rows = plan.reshaped(pool(planes, { height, width }), [images, channels, depth.in, pixels])
  const along = { height: depth, width: { ...SINGLE, in: pixels, out: pixels } }
  return plan.reshaped(pool(rows, along), [images, channels, depth.out, height.out, width.out])
}
