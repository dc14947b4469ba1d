/**
 * Keeps a model whose layers were changed one after the other within its budget: all layers changed first; where that
 * loses too much, the guilty layers stay as they are, as few as it takes, and the others are solved for anew around them.
 */
import type { Graph } from '../../ir'
import type { Layer } from '../layer/layer'
import type { Measurement, PassContext } from '../pass'
import type { AccuracyOptions } from './accuracyOptions'
import { budgetOf } from './allowance'
import { type Budget, describeBudget, excess } from './budget'
import { ExemptionSearch, type LayerLoss, RANKING_SAMPLES, rankLayers } from './exemption'

/** What a pass makes of layers, by key; can be applied to any copy of the model. */
export interface LayerOutcome {
  readonly layers: ReadonlyMap<string, unknown>
}

/** Applies an outcome to a graph, but for the layers, by key, that are spared. */
export type Apply<Outcome> = (graph: Graph, outcome: Outcome, isSpared: (key: string) => boolean) => void

/** A way to change the layers that was measured. */
export interface Candidate<Outcome> {
  readonly outcome: Outcome
  /** Layers that stay as they are, by key. */
  readonly spared: ReadonlySet<string>
  readonly measured: Measurement
}

export interface Verdict<Outcome> extends Candidate<Outcome> {
  readonly ranking: readonly LayerLoss[]
  readonly isWithinBudget: boolean
  /** The budget in words. */
  readonly budget: string
  readonly measuredCandidates: number
}

const NONE: ReadonlySet<string> = new Set()

export class Sparing<Outcome extends LayerOutcome> {
  private measurements = 0

  private constructor(
    private readonly context: PassContext,
    private readonly layers: readonly Layer[],
    private readonly budget: Budget,
    private readonly options: AccuracyOptions,
    private readonly apply: Apply<Outcome>,
  ) {}

  static async of<Outcome extends LayerOutcome>(
    context: PassContext,
    layers: readonly Layer[],
    options: AccuracyOptions,
    apply: Apply<Outcome>,
  ): Promise<Sparing<Outcome>> {
    return new Sparing(context, layers, await budgetOf(context, options), options, apply)
  }

  /** Measures an outcome as it is: no layer is spared. */
  measureAll(all: Outcome): Promise<Candidate<Outcome>> {
    return this.measure(all, NONE)
  }

  isWithin(candidate: Candidate<Outcome>): boolean {
    return this.excess(candidate) <= 0
  }

  /**
   * @param none no layer spared, measured
   * @param solveAnew changes all layers but some
   */
  async run(
    none: Candidate<Outcome>,
    solveAnew: (spared: ReadonlySet<string>) => Promise<Outcome>,
  ): Promise<Verdict<Outcome>> {
    const { outcome: all } = none
    if (this.isWithin(none)) return this.verdict(none, this.options.rank ? await this.rank(all) : [])
    const ranking = await this.rank(all)
    const search = new ExemptionSearch(this.budget, ranking, (spared) => this.measure(all, spared))
    const found = await search.run(none)
    if (found.spared.size === 0) return this.verdict(found, ranking)
    const anew = await this.measure(await solveAnew(found.spared), found.spared)
    return this.verdict(this.excess(anew) <= Math.max(0, this.excess(found)) ? anew : found, ranking)
  }

  private rank(all: Outcome): Promise<LayerLoss[]> {
    const changed = this.layers.filter(({ key }) => all.layers.has(key))
    const alone = ({ key }: Layer) => this.measure(all, (each) => each !== key, RANKING_SAMPLES)
    return rankLayers(changed, alone, (done) =>
      this.context.progress(0.5 + (0.3 * done) / changed.length, 'measuring the loss of each layer'),
    )
  }

  private async measure(
    outcome: Outcome,
    spared: ReadonlySet<string> | ((key: string) => boolean),
    limit = this.samples,
  ): Promise<Candidate<Outcome>> {
    const { signal, model, runtime } = this.context
    signal.throwIfAborted()
    const isSpared = typeof spared === 'function' ? spared : (key: string) => spared.has(key)
    const copy = model.clone()
    this.apply(copy.graph, outcome, isSpared)
    this.measurements++
    const measured = await runtime.measure(copy, limit)
    return { outcome, spared: typeof spared === 'function' ? NONE : spared, measured }
  }

  private get samples(): number {
    return Math.min(this.options.searchSamples ?? 64, this.context.sampleCount)
  }

  private excess({ measured }: Candidate<Outcome>): number {
    return excess(this.budget, measured)
  }

  private verdict(chosen: Candidate<Outcome>, ranking: readonly LayerLoss[]): Verdict<Outcome> {
    return {
      ...chosen,
      ranking,
      isWithinBudget: this.isWithin(chosen),
      budget: describeBudget(this.budget),
      measuredCandidates: this.measurements,
    }
  }
}
