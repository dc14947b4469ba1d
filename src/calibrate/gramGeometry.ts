/** From an activation's shape to the patches that a layer's weights meet. */
import type { PatchGeometry } from '../native'
import { type ConvGramRequest, type GramRequest, groupsOf } from './gramRequest'

/** How to read the patches, or why they cannot be read. */
export type GramGeometry = PatchGeometry | { readonly reason: string }

/** @param dims the activation's shape in one sample */
export function gramGeometry(request: GramRequest, dims: readonly number[]): GramGeometry {
  return request.kind === 'conv' ? patchGeometry(request, dims) : axisGeometry(request, dims)
}

function axisGeometry(request: Exclude<GramRequest, ConvGramRequest>, dims: readonly number[]): GramGeometry {
  const { channels, axis = request.kind === 'matmul' ? -1 : 1 } = request
  const at = axis < 0 ? axis + dims.length : axis
  if (dims[at] !== channels) return mismatch(channels, `axis ${axis}`, dims)
  return {
    dims: [size(dims.slice(0, at)), channels, 1, size(dims.slice(at + 1))],
    kernel: [1, 1],
    strides: [1, 1],
    pads: [0, 0, 0, 0],
    dilations: [1, 1],
    group: groupsOf(request),
  }
}

function patchGeometry(request: ConvGramRequest, dims: readonly number[]): GramGeometry {
  const [batch = 0, channels = 0, ...spatial] = dims
  const { kernel, strides = [], dilations = [], group = 1 } = request
  if (spatial.length !== kernel.length || kernel.length < 1 || kernel.length > 2)
    return { reason: `its inputs have the shape [${dims}]; only patches along one or two axes are read` }
  if (channels !== request.channels) return mismatch(request.channels, 'axis 1', dims)
  const axes = spatial.map((length, axis) => {
    const window = { kernel: kernel[axis] ?? 1, stride: strides[axis] ?? 1, dilation: dilations[axis] ?? 1 }
    return { length, ...window, pads: padsOf(request.pads, { length, ...window }, axis, spatial.length) }
  })
  const [first = POINT, second] = axes
  // A line is an image of height 1.
  const [down, across] = second ? [first, second] : [POINT, first]
  return {
    dims: [batch, channels, down.length, across.length],
    kernel: [down.kernel, across.kernel],
    strides: [down.stride, across.stride],
    pads: [down.pads[0], across.pads[0], down.pads[1], across.pads[1]],
    dilations: [down.dilation, across.dilation],
    group,
  }
}

interface Axis {
  readonly length: number
  readonly kernel: number
  readonly stride: number
  readonly dilation: number
}

const POINT: Axis & { readonly pads: [number, number] } = {
  length: 1,
  kernel: 1,
  stride: 1,
  dilation: 1,
  pads: [0, 0],
}

/** Zeros before and after an axis; `SAME_UPPER` puts the odd one after it (ONNX, Conv, `auto_pad`). */
function padsOf(
  pads: ConvGramRequest['pads'],
  { length, kernel, stride, dilation }: Axis,
  index: number,
  axes: number,
): [number, number] {
  if (typeof pads !== 'string') return [pads?.[index] ?? 0, pads?.[axes + index] ?? 0]
  const reach = (Math.ceil(length / stride) - 1) * stride + dilation * (kernel - 1) + 1
  const total = Math.max(0, reach - length)
  const small = Math.floor(total / 2)
  return pads === 'SAME_UPPER' ? [small, total - small] : [total - small, small]
}

function mismatch(channels: number, axis: string, dims: readonly number[]): GramGeometry {
  return {
    reason: `its weights want ${channels} features along ${axis}, but its inputs have the shape [${dims}]`,
  }
}

function size(dims: readonly number[]): number {
  return dims.reduce((product, length) => product * length, 1)
}
