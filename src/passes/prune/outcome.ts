/** What pruning makes of a model, as changes that can be applied to any copy of it. */
import type { Graph } from '../../ir'
import { correctBias } from '../layer/bias'
import { findLayers, type Layer } from '../layer/layer'
import type { Skip } from '../pass'
import { type NewStatistics, renormalize } from './normalization'
import type { PrunedLayer } from './pruneLayer'

export interface Outcome {
  readonly layers: ReadonlyMap<string, PrunedLayer>
  readonly statistics: readonly NewStatistics[]
  readonly skipped: readonly Skip[]
}

/**
 * Applies an outcome to a graph.
 * @param isSpared whether a layer, by key, stays dense
 */
export function applyOutcome(
  graph: Graph,
  { layers, statistics }: Outcome,
  isSpared: (key: string) => boolean = () => false,
): void {
  for (const layer of findLayers(graph, () => false).layers) {
    const pruned = layers.get(layer.key)
    if (pruned && !isSpared(layer.key)) applyLayer(graph, layer, pruned)
  }
  for (const each of statistics)
    if ([...each.behind].some((key) => layers.has(key) && !isSpared(key))) renormalize(graph, each)
}

/** Gives a layer its new weight and bias. */
export function applyLayer(graph: Graph, layer: Layer, { weight, correction }: PrunedLayer): void {
  layer.weight.initializer = weight.withName(layer.weight.name)
  if (correction) correctBias(graph, layer, correction)
}
