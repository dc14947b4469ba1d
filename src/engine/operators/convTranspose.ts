/**
 * ConvTranspose: the weights' transpose times the pixels gives, for every input pixel, what it adds to each output pixel
 * that its kernel reaches; col2im sums that up.
 */
import type { Node } from '../../ir'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
import { sizeBetween } from './axis'
import { convShape } from './imageConv'
import type { Rules } from './rule'
import { type Window, type WindowAxis, windowParameters } from './window'

/** The axis of the convolution whose input is our output: `in` is what we make, `out` what we read. */
function axisOf(node: Node, size: number, kernel: number, axis: number, rank: number): WindowAxis {
  const at = (name: string, fallback: number) => node.ints(name, undefined)?.[axis] ?? fallback
  const [stride, dilation, extra] = [at('strides', 1), at('dilations', 1), at('output_padding', 0)]
  const reach = (kernel - 1) * dilation + 1
  const full = stride * (size - 1) + extra + reach
  const [pad, padEnd] = padsOf(node, full, size * stride, axis, rank)
  // A wanted size may even go beyond what the pixels reach.
  const wanted = node.ints('output_shape', undefined)?.at(axis - rank)
  return { in: wanted ?? full - pad - padEnd, out: size, kernel, stride, dilation, pad, padEnd }
}

function padsOf(node: Node, full: number, same: number, axis: number, rank: number): [number, number] {
  const mode = node.string('auto_pad', 'NOTSET')
  const wanted = node.ints('output_shape', undefined)?.at(axis - rank)
  if (wanted === undefined && (mode === 'NOTSET' || mode === '')) {
    const pads = node.ints('pads', undefined)
    return [pads?.[axis] ?? 0, pads?.[axis + rank] ?? 0]
  }
  if (mode === 'VALID' && wanted === undefined) return [0, 0]
  const total = Math.max(full - (wanted ?? same), 0)
  const half = Math.floor(total / 2)
  return mode === 'SAME_UPPER' ? [half, total - half] : [total - half, half]
}

function windowOf(node: Node, spatial: readonly number[], kernel: readonly number[]): Window {
  if (spatial.length < 1 || spatial.length > 2) return decline(`a window over ${spatial.length} axes`)
  const axes = spatial.map((size, axis) => axisOf(node, size, kernel[axis] ?? 1, axis, spatial.length))
  if (axes.some((axis) => axis.in < 1 || axis.pad < 0 || axis.padEnd < 0))
    return decline('an output without pixels')
  const [first, second] = axes as [WindowAxis, WindowAxis?]
  const single = { in: 1, out: 1, kernel: 1, stride: 1, dilation: 1, pad: 0, padEnd: 0 }
  return second ? { height: first, width: second } : { height: single, width: first }
}

function lower(node: Node, plan: Lowering): void {
  const x = plan.floats(node, 0)
  const weights = plan.floats(node, 1)
  const bias = plan.optional(node, 2)
  const tensor = plan.knownTensor(weights) ?? decline('weights that are computed')
  const groups = node.int('group', 1)
  const [images = 1, channels = 1, ...spatial] = x.shape
  const window = windowOf(node, spatial, weights.shape.slice(2))
  const taps = sizeBetween(weights.shape, 2, weights.rank)
  const [outputs, inputs] = [weights.dim(1), channels / groups]
  if (weights.dim(0) !== channels || !Number.isInteger(inputs)) decline('groups that do not fit')
  const sizes = spatial.length === 1 ? [window.width.in] : [window.height.in, window.width.in]
  const y = plan.create('float32', [images, outputs * groups, ...sizes])
  const pixels = sizeBetween(spatial, 0, spatial.length)
  const m = outputs * taps
  const flat = { in: pixels, out: pixels, kernel: 1, stride: 1, dilation: 1, pad: 0, padEnd: 0 }
  const one = { ...flat, in: 1, out: 1 }
  const packed = { tensor, form: 'gemm.left', parameters: [groups, m, inputs, 1, m, inputs * m] }
  const columns = plan.create('float32', [images, groups * m, pixels])
  const shape = convShape(inputs, { height: one, width: flat })
  plan.step('conv', [x, packed], [columns], [images, groups, m, ...shape, 0, 0, 0, 0, 0])
  for (let image = 0; image < images; image++) {
    const from = plan.part(columns, image * groups * m * pixels, [groups * m, pixels])
    const to = plan.part(y, image * (y.size / images), y.shape.slice(1))
    plan.step('col2im', bias ? [from, bias] : [from], [to], [outputs * groups, ...windowParameters(window)])
  }
  plan.define(node.output(), y)
}

export const convTranspose: Rules = { ConvTranspose: { lower } }
