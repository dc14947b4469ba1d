/** Layers with weights. */
import { attribute } from '../../../src/ir'
import type { Dice } from './dice'
import { type Growth, isUsual, type RandomGraph, type Shaped, sizeOf } from './graph'

const { int, ints } = attribute

/** A window as Conv and pools take it, and the sizes that it leaves. */
export interface Window {
  readonly kernel: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly dilations: readonly [number, number]
  readonly pads: readonly number[]
}

export function windowFrom(dice: Dice): Window {
  const height = dice.pick([1, 1, 2, 3, 3, 3, 4, 5])
  const width = dice.chance(0.7) ? height : dice.pick([1, 2, 3, 5])
  const same = [height >> 1, width >> 1, height >> 1, width >> 1]
  return {
    kernel: [height, width],
    strides: dice.chance(0.6) ? [1, 1] : dice.chance(0.6) ? [2, 2] : [dice.size(1, 3), dice.size(1, 3)],
    dilations: dice.chance(0.8) ? [1, 1] : [dice.size(1, 3), dice.size(1, 2)],
    pads: dice.chance(0.6) ? same : same.map(() => dice.size(0, 2)),
  }
}

export function windowAttributes({ kernel, strides, dilations, pads }: Window) {
  return {
    kernel_shape: ints([...kernel]),
    strides: ints([...strides]),
    dilations: ints([...dilations]),
    pads: ints([...pads]),
  }
}

export function sizesBehind(
  [height = 1, width = 1]: readonly number[],
  { kernel, ...rest }: Window,
): number[] {
  return [height, width].map((size, axis) => {
    const reach = (rest.dilations[axis] as number) * ((kernel[axis] as number) - 1) + 1
    const padded = size + (rest.pads[axis] as number) + (rest.pads[axis + 2] as number)
    return Math.floor((padded - reach) / (rest.strides[axis] as number)) + 1
  })
}

/** How many groups, and how many outputs of each. */
function groupsOf(dice: Dice, channels: number): { group: number; outputs: number } {
  if (dice.chance(0.6)) return { group: 1, outputs: dice.size(1, 40) }
  const group = dice.pick([2, 4, channels].filter((count) => channels % count === 0))
  return { group, outputs: dice.pick([1, 1, 2, 4]) }
}

/** A convolution that an image may go through: shapes of its weights and of its result, and its attributes. */
export function convolutionOf(
  { dice }: RandomGraph,
  { shape: [images = 1, channels = 1, ...sizes] }: Shaped,
) {
  if (sizes.length !== 2) return undefined
  const window = windowFrom(dice)
  const { group, outputs } = groupsOf(dice, channels)
  const shape = [images, group * outputs, ...sizesBehind(sizes, window)]
  if (!isUsual(shape)) return undefined
  const weights = [group * outputs, channels / group, ...window.kernel]
  return { weights, shape, attributes: { ...windowAttributes(window), group: int(group) } }
}

const conv: Growth = (graph, x) => {
  const found = convolutionOf(graph, x)
  if (!found) return undefined
  const [outputs = 1, ...depth] = found.weights
  const weights = graph.weights(found.weights, 1 / Math.sqrt(sizeOf(depth)))
  const bias = graph.dice.chance(0.7) ? graph.weights([outputs]) : undefined
  return graph.add('Conv', [x, weights, bias], found.shape, found.attributes)
}

const convTranspose: Growth = (graph, x) => {
  const { dice } = graph
  const [images = 1, channels = 1, ...sizes] = x.shape
  if (sizes.length !== 2) return undefined
  const [kernel, stride, outputs] = [dice.size(1, 4), dice.size(1, 3), dice.size(1, 6)]
  const pad = dice.size(0, Math.min(1, kernel - 1))
  const shape = [images, outputs, ...sizes.map((size) => (size - 1) * stride + kernel - 2 * pad)]
  if (!isUsual(shape)) return undefined
  const weights = graph.weights([channels, outputs, kernel, kernel], 1 / Math.sqrt(channels * kernel))
  const bias = dice.chance(0.6) ? graph.weights([outputs]) : undefined
  return graph.add('ConvTranspose', [x, weights, bias], shape, {
    kernel_shape: ints([kernel, kernel]),
    strides: ints([stride, stride]),
    pads: ints([pad, pad, pad, pad]),
  })
}

const matmul: Growth = (graph, x) => {
  const depth = x.shape.at(-1) ?? 1
  const outputs = graph.dice.size(1, 70)
  const shape = [...x.shape.slice(0, -1), outputs]
  if (x.shape.length < 2 || depth > 1000 || !isUsual(shape)) return undefined
  const y = graph.add('MatMul', [x, graph.weights([depth, outputs], 1 / Math.sqrt(depth))], shape)
  return graph.dice.chance(0.5) ? graph.add('Add', [y, graph.weights([outputs])], shape) : y
}

const gemm: Growth = (graph, x) => {
  const [rows = 1, depth = 1] = x.shape
  if (x.shape.length !== 2 || depth > 1000) return undefined
  const { dice } = graph
  const outputs = dice.size(1, 33)
  const isTurned = dice.chance(0.5)
  const weights = graph.weights(isTurned ? [outputs, depth] : [depth, outputs], 1 / Math.sqrt(depth))
  const bias = dice.chance(0.7) ? graph.weights(dice.pick([[outputs], [1, outputs], [rows, 1]])) : undefined
  const transB = int(isTurned ? 1 : 0)
  return graph.add('Gemm', [x, weights, bias], [rows, outputs], { transB })
}

/** Rows weighed by what they have in common. */
const attention: Growth = (graph, x) => {
  const [batch = 1, heads = 1, rows = 1, width = 1] = x.shape
  if (x.shape.length !== 4 || rows > 64) return undefined
  const turned = graph.add('Transpose', [x], [batch, heads, width, rows], { perm: ints([0, 1, 3, 2]) })
  const shape = [batch, heads, rows, rows]
  const products = graph.add('MatMul', [x, turned], shape)
  const scores = graph.add('Div', [products, graph.number(Math.sqrt(width) * 4)], shape)
  const masked = graph.dice.chance(0.5) ? graph.add('Add', [scores, graph.weights([rows])], shape) : scores
  const weights = graph.add('Softmax', [masked], shape, { axis: int(-1) })
  return graph.add('MatMul', [weights, x], x.shape)
}

export const LAYERS: readonly Growth[] = [conv, conv, conv, convTranspose, matmul, matmul, gemm, attention]
