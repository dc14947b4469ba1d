/** What layers that lose inputs read: requests for the Gram matrices of their inputs. */

import type { Place } from '../../../analysis/channels'
import type { ConvGramRequest, GramRequest } from '../../../calibrate/gramRequest'
import type { Graph, Node } from '../../../ir'
import type { Groups } from './groups'
import { type Layer, layerOf } from './layer'

/** A layer that sums over channels which may go. */
export interface Consumer {
  readonly layer: Layer
  /** The axis of its input that is summed over. */
  readonly place: Place
  /** What its Gram matrix is asked for by. */
  readonly key: string
}

/** The layers of the main graph, which samples run through, that read channels of some group. */
export function consumersOf(graph: Graph, groups: Groups): Consumer[] {
  const analysis = groups.analyses.find(({ drawing }) => drawing.sketches[0]?.node.graph === graph)
  return graph.nodes.flatMap((node) => {
    const layer = layerOf(node)
    const place = layer && analysis?.drawing.places.of(layer.input)?.at(layer.inputAxis)
    return layer && place && groups.of(place) ? [{ layer, place, key: node.output()?.name ?? '' }] : []
  })
}

/** Patches as the layer's weight meets them, or `channels` alone, where what is between them does not matter. */
export function gramRequest({ layer, key }: Consumer, kind: 'patches' | 'channels'): GramRequest {
  const { node, input, tensor, weightAxis, inputAxis } = layer
  const channels = tensor.shape[weightAxis] ?? 0
  if (kind === 'channels' || !node.is('Conv'))
    return { kind: 'matmul', key, value: input.name, channels, axis: inputAxis }
  return { kind: 'conv', key, value: input.name, channels, ...patchesOf(node, tensor.shape.slice(2)) }
}

function patchesOf(
  node: Node,
  kernel: readonly number[],
): Pick<ConvGramRequest, 'kernel' | 'strides' | 'pads' | 'dilations'> {
  const autoPad = node.string('auto_pad', 'NOTSET')
  return {
    kernel,
    strides: node.ints('strides', undefined),
    pads: autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER' ? autoPad : node.ints('pads', undefined),
    dilations: node.ints('dilations', undefined),
  }
}
