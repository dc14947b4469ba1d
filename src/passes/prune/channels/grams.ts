/** What layers that lose inputs read: requests for the Gram matrices of their inputs. */
import type { Place } from '../../../analysis/channels'
import type { GramRequest } from '../../../calibrate/gramRequest'
import type { Graph } from '../../../ir'
import { gramRequest } from '../../layer/gramRequest'
import type { Layer } from '../../layer/layer'
import { matrixShape } from '../../layer/weightMatrix'
import type { Groups } from './groups'
import { summingLayer } from './layer'

/** A layer that sums over channels which may go. */
export interface Consumer {
  readonly layer: Layer
  /** The axis of its input that is summed over. */
  readonly place: Place
}

/** The layers of the main graph, which samples run through, that read channels of some group. */
export function consumersOf(graph: Graph, groups: Groups): Consumer[] {
  const analysis = groups.analyses.find(({ drawing }) => drawing.sketches[0]?.node.graph === graph)
  return graph.nodes.flatMap((node) => {
    const layer = summingLayer(node)
    const place = layer && analysis?.drawing.places.of(layer.input)?.at(layer.inputAxis)
    return layer && place && groups.of(place) ? [{ layer, place }] : []
  })
}

/** Patches as the layer's weight meets them, or `channels` alone, where what is between them does not matter. */
export function requestOf({ layer }: Consumer, kind: 'patches' | 'channels'): GramRequest {
  if (kind === 'patches') return gramRequest(layer)
  const { key, input, inputAxis } = layer
  return { kind: 'matmul', key, value: input.name, channels: matrixShape(layer).channels, axis: inputAxis }
}
