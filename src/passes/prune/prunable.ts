/** The layers of a model that a mask pass can prune. */
import type { Graph, Node } from '../../ir'
import { findLayers, type Layer } from '../layer/layer'
import { matrixShape } from '../layer/weightMatrix'
import type { Skip } from '../pass'
import type { MaskMethod } from './maskMethod'

/** Layers that can have the pattern; the others are skipped with the reason. */
export function findPrunable(
  graph: Graph,
  keep: (node: Node) => boolean,
  method: MaskMethod,
): { layers: Layer[]; skipped: Skip[] } {
  const found = findLayers(graph, keep)
  const skipped = [...found.skipped]
  const layers = found.layers.filter((layer) => {
    const reason = sharedRefusal(layer) ?? method.refusal(layer, matrixShape(layer))
    if (reason) skipped.push({ at: layer.node.label, reason })
    return !reason
  })
  return { layers, skipped }
}

function sharedRefusal({ weight }: Layer): string | undefined {
  if (weight.isGraphOutput) return 'its weight is an output of the graph'
  return weight.uses.length > 1
    ? `its weight has ${weight.uses.length} readers, which may want it whole`
    : undefined
}
