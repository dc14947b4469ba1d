/** The layers that can be factorized. */
import type { Graph, Node } from '../../ir'
import { findLayers, type Layer } from '../layer/layer'
import type { Skip } from '../pass'

/** Layers that can be written as several; the others are skipped with the reason. */
export function findFactorable(
  graph: Graph,
  keep: (node: Node) => boolean,
): { layers: Layer[]; skipped: Skip[] } {
  const found = findLayers(graph, keep)
  const skipped = [...found.skipped]
  const layers = found.layers.filter((layer) => {
    const reason = refusal(layer)
    if (reason) skipped.push({ at: layer.node.label, reason })
    return !reason
  })
  return { layers, skipped }
}

function refusal({ node, kind, weight }: Layer): string | undefined {
  const groups = node.int('group', 1)
  if (weight.isGraphOutput) return 'its weight is an output of the graph'
  if (weight.uses.length > 1) return `its weight has ${weight.uses.length} readers, which may want it whole`
  if (groups > 1) return `its ${groups} groups are small matrices already`
  if (kind === 'convTranspose' && node.attributes.has('output_shape')) return 'its output_shape is given'
  return undefined
}
