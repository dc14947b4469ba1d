/** `quantize.weights`: 8-bit weights in the file, float arithmetic at run time. */
import type { StatisticRequest } from '../../calibrate/statistics'
import { OnnxpressError } from '../../errors'
import type { Model } from '../../ir'
import { type Keep, keepPredicate } from '../keep'
import { findLayers } from '../layer/layer'
import type { Pass, PassContext, PassResult } from '../pass'
import type { Decisions } from './decisions'
import { rewriteModel } from './rewrite'
import { WeightStore } from './weightStore'

export interface WeightsOptions {
  /**
   * Takes off the biases what rounding shifts, which needs samples; true if left out. Without it the pass runs nothing
   * and needs no samples.
   */
  readonly correctBias?: boolean
  /** Nodes to leave alone. */
  readonly keep?: Keep
}

const stored: Decisions = { precision: () => 'stored' }

/**
 * Stores the weights of layers and embedding tables in 8 bits, one symmetric scale an output channel. onnxruntime decodes
 * them once when it opens the model and then computes in float, as fast as before. For models whose 8-bit arithmetic
 * would be slower or lose too much.
 */
export function quantizeWeights(options: WeightsOptions = {}): Pass {
  const { correctBias = true, keep } = options
  return {
    name: 'quantize.weights',
    options: { correctBias, ...(keep !== undefined && { keep: String(keep) }) },
    ...(correctBias && { needs: (model: Model) => meansOf(model, keep) }),
    apply: (context) => apply(context, keep),
  }
}

function meansOf({ graph }: Model, keep: Keep | undefined): StatisticRequest[] {
  const { layers } = findLayers(graph, keepPredicate(keep))
  return layers.map((layer) => ({ value: layer.input.name, channelAxis: layer.inputAxis }))
}

async function apply(context: PassContext, keep: Keep | undefined): Promise<PassResult> {
  const { layers } = findLayers(context.graph, keepPredicate(keep))
  const weights = new WeightStore(127, context.statistics)
  await weights.prepare(layers, (done) => context.progress(done / layers.length, 'rounding weights'))
  const numbers = { activationType: 'uint8', range: refuse, weight: weights.of.bind(weights) } as const
  const written = await rewriteModel(context.model, stored, numbers, keep)
  return {
    changed: written.stored.length + written.embeddings,
    skipped: written.skipped,
    details: { storedLayers: written.stored.length },
  }
}

function refuse(): never {
  throw new OnnxpressError('INVALID_GRAPH', 'A pass that stores weights alone has no ranges of activations')
}
