/** Prunes layers one after the other, each on the inputs that those before it produce by then. */
import type { GramMatrix } from '../../calibrate/gramRequest'
import { OnnxpressError } from '../../errors'
import type { Model } from '../../ir'
import { takesCorrection } from '../layer/bias'
import { gramRequest } from '../layer/gramRequest'
import { findLayers, type Layer } from '../layer/layer'
import type { PassContext, Skip } from '../pass'
import type { MaskMethod } from './maskMethod'
import type { MaskAdvanced, MaskScore } from './maskOptions'
import {
  findNormalizations,
  type Moments,
  momentsOf,
  momentsRequest,
  type NewStatistics,
  type Normalization,
  newStatistics,
  renormalize,
} from './normalization'
import { applyLayer, type Outcome } from './outcome'
import { type PrunedLayer, pruneLayer } from './pruneLayer'

/** How a whole model is pruned. */
export interface Plan {
  readonly method: MaskMethod
  /** The share that each layer is to lose, by key. */
  readonly ratios: ReadonlyMap<string, number>
  readonly score: MaskScore
  readonly reconstruct: boolean
  readonly advanced: MaskAdvanced
}

type Progress = (ratio: number) => void

/** Prunes the layers of a copy of the context's model. */
export async function pruneLayers(
  context: PassContext,
  keys: ReadonlySet<string>,
  plan: Plan,
  progress: Progress,
): Promise<Outcome> {
  const run = new PruningRun(context, keys, plan)
  if (plan.score === 'magnitude' && !plan.reconstruct) await run.withoutInputs(progress)
  else await run.inSequence(progress)
  return run
}

class PruningRun implements Outcome {
  readonly layers = new Map<string, PrunedLayer>()
  readonly statistics: NewStatistics[] = []
  readonly skipped: Skip[] = []
  private readonly model: Model
  private readonly taken: readonly Layer[]

  constructor(
    private readonly context: PassContext,
    keys: ReadonlySet<string>,
    private readonly plan: Plan,
  ) {
    this.model = context.model.clone()
    this.taken = findLayers(this.model.graph, () => false).layers.filter(({ key }) => keys.has(key))
  }

  async withoutInputs(progress: Progress): Promise<void> {
    for (const [index, layer] of this.taken.entries()) {
      this.context.signal.throwIfAborted()
      await this.prune(layer, undefined)
      progress((index + 1) / this.taken.length)
    }
  }

  async inSequence(progress: Progress): Promise<void> {
    const { runtime, signal } = this.context
    const { rowsPerFeature } = this.plan.advanced
    const layers = new Map(this.taken.map((layer) => [layer.key, layer]))
    const found = this.plan.reconstruct ? findNormalizations(this.model.graph, this.taken) : []
    const before = await this.momentsBefore(found)
    const normalizations = new Map(found.map((each) => [each.key, each]))
    const requests = [...this.taken.map(gramRequest), ...found.map(momentsRequest)]
    let done = 0
    for await (const answer of runtime.sequentialGrams(this.model, requests, {
      ...(rowsPerFeature !== undefined && { rowsPerFeature }),
    })) {
      signal.throwIfAborted()
      const layer = layers.get(answer.key)
      const normalization = normalizations.get(answer.key)
      const gram = 'gram' in answer ? answer.gram : undefined
      if (layer && !gram)
        this.skip(layer, `pruned by magnitude alone: ${'reason' in answer && answer.reason}`)
      if (layer) await this.prune(layer, gram)
      if (normalization) this.follow(normalization, before.get(answer.key), gram)
      progress(++done / requests.length)
    }
  }

  private async prune(layer: Layer, gram: GramMatrix | undefined): Promise<void> {
    const { method, ratios, score, reconstruct, advanced } = this.plan
    const how = {
      pattern: method.patternOf(ratios.get(layer.key) ?? method.ratio),
      score,
      reconstruct,
      damping: advanced.damping,
      takesMean: reconstruct && layer.kind !== 'convTranspose' && takesCorrection(layer),
    }
    try {
      const pruned = await pruneLayer(layer, gram, how)
      this.layers.set(layer.key, pruned)
      applyLayer(this.model.graph, layer, pruned)
    } catch (error) {
      if (!(error instanceof OnnxpressError) || error.code !== 'BAD_ARGUMENT') throw error
      this.skip(layer, `it cannot be pruned: ${error.message}`)
    }
  }

  /** Means and variances of what normalizations read before anything is pruned. */
  private async momentsBefore(found: readonly Normalization[]): Promise<Map<string, Moments>> {
    if (found.length === 0) return new Map()
    const grams = await this.context.runtime.collectGrams(this.model, found.map(momentsRequest))
    try {
      const moments = new Map<string, Moments>()
      for (const key of grams.keys) moments.set(key, momentsOf(await grams.read(key)))
      return moments
    } finally {
      await grams.dispose()
    }
  }

  private follow(found: Normalization, before: Moments | undefined, after: GramMatrix | undefined): void {
    if (!before || !after) {
      this.skipped.push({ at: found.node.label, reason: 'nothing is known about its inputs' })
      return
    }
    const statistics = newStatistics(found, before, momentsOf(after))
    this.statistics.push(statistics)
    renormalize(this.model.graph, statistics)
  }

  private skip(layer: Layer, reason: string): void {
    this.skipped.push({ at: layer.node.label, reason })
  }
}
