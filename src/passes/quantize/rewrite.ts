/** Quantizes a graph as decided: 8-bit layers with their activations, stored layers with their weights alone. */
import type { Graph, Model } from '../../ir'
import type { Keep } from '../keep'
import { keepPredicate } from '../keep'
import { correctBias } from '../layer/bias'
import { findLayers, type Layer } from '../layer/layer'
import type { Skip } from '../pass'
import { ConstantPool } from './constantPool'
import type { Decisions } from './decisions'
import { storeEmbeddings } from './embedding'
import { Inserter, type Numbers } from './insert'
import { makePlan } from './plan'
import { shieldLayers } from './shield'
import { storeFoldedWeight } from './storedWeight'

export interface Rewritten {
  /** Layers that run in 8 bits, and those whose weights alone are stored so, by key. */
  readonly int8: readonly string[]
  readonly stored: readonly string[]
  /** Lookups in embedding tables that are stored in 8 bits now. */
  readonly embeddings: number
  readonly skipped: readonly Skip[]
}

export async function rewriteModel(
  model: Model,
  decisions: Decisions,
  numbers: Numbers,
  keep: Keep | undefined,
): Promise<Rewritten> {
  const { graph } = model
  const { layers, skipped } = findLayers(graph, keepPredicate(keep))
  const pool = new ConstantPool(graph)
  const plan = makePlan(graph, layers, (layer) => decisions.precision(layer) === 'int8')
  const stored = layers.filter(
    (layer) => !plan.layers.has(layer.node) && decisions.precision(layer) !== 'float',
  )
  new Inserter(graph, plan, numbers, pool).run()
  for (const layer of stored) storeLayer(model, layer, numbers, pool)
  shieldLayers(graph)
  const embeddings = await storeEmbeddings(graph, keepPredicate(keep))
  forgetUnused(graph)
  return {
    int8: [...plan.layers.values()].map((layer) => layer.key),
    stored: stored.map((layer) => layer.key),
    embeddings: embeddings.changed,
    skipped: [...skipped, ...embeddings.skipped],
  }
}

function storeLayer({ graph }: Model, layer: Layer, numbers: Numbers, pool: ConstantPool): void {
  const weight = numbers.weight(layer)
  layer.node.setInput(1, storeFoldedWeight(graph, layer, weight, pool))
  if (weight.correction) correctBias(graph, layer, weight.correction)
}

/** Forgets constants that nobody reads any more: float weights and biases, and what stood in absorbed nodes. */
function forgetUnused(graph: Graph): void {
  for (const value of graph.initializers) if (value.isUnused && !value.isGraphInput) graph.forget(value)
}
