/** Windows that slide over axes, as convolutions and pooling have them. */
import type { Node } from '../../ir'
import { decline } from '../plan/unplannable'

export interface WindowAxis {
  readonly in: number
  readonly out: number
  readonly kernel: number
  readonly stride: number
  readonly dilation: number
  readonly pad: number
  readonly padEnd: number
}

/** A window over height and width; a single axis is a width of height 1. */
export interface Window {
  readonly height: WindowAxis
  readonly width: WindowAxis
}

/** An axis along which nothing happens, of one element. */
export const SINGLE: WindowAxis = { in: 1, out: 1, kernel: 1, stride: 1, dilation: 1, pad: 0, padEnd: 0 }

/** The window of a node over the last axes of its input. */
export function windowOf(node: Node, spatial: readonly number[], kernel: readonly number[]): Window {
  if (spatial.length > 2) return decline(`a window over ${spatial.length} axes`)
  const [first, second] = windowAxes(node, spatial, kernel) as [WindowAxis, WindowAxis?]
  return second ? { height: first, width: second } : { height: SINGLE, width: first }
}

/** The same axis by axis, of one and more. */
export function windowAxes(
  node: Node,
  spatial: readonly number[],
  kernel: readonly number[],
): readonly WindowAxis[] {
  if (spatial.length < 1 || kernel.length !== spatial.length)
    return decline(`a window over ${kernel.length} axes of ${spatial.length}`)
  return spatial.map((size, axis) => axisOf(node, size, kernel[axis] ?? 1, axis, spatial.length))
}

/** Sizes of the output's last axes. */
export function outputSizes({ height, width }: Window, rank: number): number[] {
  return rank === 1 ? [width.out] : [height.out, width.out]
}

function axisOf(node: Node, size: number, kernel: number, axis: number, rank: number): WindowAxis {
  const stride = node.ints('strides', undefined)?.[axis] ?? 1
  const dilation = node.ints('dilations', undefined)?.[axis] ?? 1
  const reach = (kernel - 1) * dilation + 1
  const [pad, padEnd] = padding(node, size, reach, stride, axis, rank)
  const room = size + pad + padEnd - reach
  if (room < 0 || stride < 1 || dilation < 1 || kernel < 1) return decline('a window larger than its input')
  const out = (node.int('ceil_mode', 0) ? roundedUp(room, stride, size, pad) : Math.floor(room / stride)) + 1
  return { in: size, out, kernel, stride, dilation, pad, padEnd }
}

/** With a rounded-up size, a window that would begin in the padding behind the input is left out. */
function roundedUp(room: number, stride: number, size: number, pad: number): number {
  const steps = Math.ceil(room / stride)
  return steps * stride >= size + pad ? steps - 1 : steps
}

function padding(
  node: Node,
  size: number,
  reach: number,
  stride: number,
  axis: number,
  rank: number,
): [begin: number, end: number] {
  const mode = node.string('auto_pad', 'NOTSET')
  if (mode === 'VALID') return [0, 0]
  if (mode === 'NOTSET' || mode === '') {
    const pads = node.ints('pads', undefined)
    return [pads?.[axis] ?? 0, pads?.[axis + rank] ?? 0]
  }
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + reach - size, 0)
  const less = Math.floor(total / 2)
  return mode === 'SAME_UPPER' ? [less, total - less] : [total - less, less]
}

/** As cpp/engine/steps/window.h takes it. */
export function windowParameters({ height, width }: Window): number[] {
  return [height, width].flatMap((axis) => [
    axis.in,
    axis.out,
    axis.kernel,
    axis.stride,
    axis.dilation,
    axis.pad,
  ])
}
