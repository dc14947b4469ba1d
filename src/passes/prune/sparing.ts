/**
 * Keeps a pruned model within its budget: all layers pruned first; where that loses too much, the guilty layers stay
 * dense, as few as it takes, and the others are solved for anew around them.
 */

import type { AccuracyOptions } from '../accuracy/accuracyOptions'
import { budgetOf } from '../accuracy/allowance'
import { type Budget, describeBudget, excess } from '../accuracy/budget'
import { ExemptionSearch, type LayerLoss, RANKING_SAMPLES, rankLayers } from '../accuracy/exemption'
import type { Layer } from '../layer/layer'
import type { Measurement, PassContext } from '../pass'
import { applyOutcome, type Outcome } from './outcome'

/** A way to prune that was measured. */
interface Candidate {
  readonly outcome: Outcome
  /** Layers that stay dense, by key. */
  readonly spared: ReadonlySet<string>
  readonly measured: Measurement
}

export interface Verdict extends Candidate {
  readonly ranking: readonly LayerLoss[]
  readonly isWithinBudget: boolean
  /** The budget in words. */
  readonly budget: string
  readonly measuredCandidates: number
}

const NONE: ReadonlySet<string> = new Set()

export class Sparing {
  private measurements = 0

  private constructor(
    private readonly context: PassContext,
    private readonly layers: readonly Layer[],
    private readonly budget: Budget,
    private readonly options: AccuracyOptions,
  ) {}

  static async of(
    context: PassContext,
    layers: readonly Layer[],
    options: AccuracyOptions,
  ): Promise<Sparing> {
    return new Sparing(context, layers, await budgetOf(context, options), options)
  }

  /**
   * @param all every layer pruned
   * @param solveAnew prunes all layers but some
   */
  async run(all: Outcome, solveAnew: (spared: ReadonlySet<string>) => Promise<Outcome>): Promise<Verdict> {
    const none = await this.measure(all, NONE)
    if (this.excess(none) <= 0) return this.verdict(none, this.options.rank ? await this.rank(all) : [])
    const ranking = await this.rank(all)
    const search = new ExemptionSearch(this.budget, ranking, (spared) => this.measure(all, spared))
    const found = await search.run(none)
    if (found.spared.size === 0) return this.verdict(found, ranking)
    const anew = await this.measure(await solveAnew(found.spared), found.spared)
    return this.verdict(this.excess(anew) <= Math.max(0, this.excess(found)) ? anew : found, ranking)
  }

  private rank(all: Outcome): Promise<LayerLoss[]> {
    const pruned = this.layers.filter(({ key }) => all.layers.has(key))
    const alone = ({ key }: Layer) => this.measure(all, (each) => each !== key, RANKING_SAMPLES)
    return rankLayers(pruned, alone, (done) =>
      this.context.progress(0.5 + (0.3 * done) / pruned.length, 'measuring the loss of each layer'),
    )
  }

  private async measure(
    outcome: Outcome,
    spared: ReadonlySet<string> | ((key: string) => boolean),
    limit = this.samples,
  ): Promise<Candidate> {
    const { signal, model, runtime } = this.context
    signal.throwIfAborted()
    const isSpared = typeof spared === 'function' ? spared : (key: string) => spared.has(key)
    const copy = model.clone()
    applyOutcome(copy.graph, outcome, isSpared)
    this.measurements++
    const measured = await runtime.measure(copy, limit)
    return { outcome, spared: typeof spared === 'function' ? NONE : spared, measured }
  }

  private get samples(): number {
    return Math.min(this.options.searchSamples ?? 64, this.context.sampleCount)
  }

  private excess({ measured }: Candidate): number {
    return excess(this.budget, measured)
  }

  private verdict(chosen: Candidate, ranking: readonly LayerLoss[]): Verdict {
    return {
      ...chosen,
      ranking,
      isWithinBudget: this.excess(chosen) <= 0,
      budget: describeBudget(this.budget),
      measuredCandidates: this.measurements,
    }
  }
}
