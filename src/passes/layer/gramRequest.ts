/** What to ask for to know how the inputs of a layer's weights go together. */
import type { GramRequest } from '../../calibrate/gramRequest'
import type { Layer } from './layer'

/** The Gram matrix that the rows of the layer's {@link weightMatrix} are multiplied with. */
export function gramRequest({ key, input, node, kind, weight, channelAxis }: Layer): GramRequest {
  const shape = weight.constant?.shape ?? []
  if (kind === 'gemm' || kind === 'matmul')
    return { kind: 'matmul', key, value: input.name, channels: shape[1 - channelAxis] ?? 0 }
  const group = node.int('group', 1)
  const common = { kind: 'conv', key, value: input.name, group } as const
  // A transposed convolution multiplies each pixel alone; where its products go is another matter.
  if (kind === 'convTranspose') {
    const channels = shape[0] ?? 0
    return group === 1
      ? { kind: 'matmul', key, value: input.name, channels, axis: 1 }
      : { ...common, channels, kernel: shape.slice(2).map(() => 1) }
  }
  const autoPad = node.string('auto_pad', 'NOTSET')
  return {
    ...common,
    channels: (shape[1] ?? 0) * group,
    kernel: shape.slice(2),
    strides: node.ints('strides', undefined),
    pads: autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER' ? autoPad : node.ints('pads', undefined),
    dilations: node.ints('dilations', undefined),
  }
}
