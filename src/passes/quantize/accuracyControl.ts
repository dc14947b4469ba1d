/**
 * Finds the layers that must not compute in 8 bits for the model to keep within its budget: all layers in 8 bits first;
 * where that loses too much, with weights rounded by their effect; still too much, the guilty layers compute in float
 * (their weights still in 8 bits), as few as it takes.
 */
import type { RangeMethod } from '../../calibrate/statistics'
import { type Budget, excess } from '../accuracy/budget'
import { ExemptionSearch, type LayerLoss, RANKING_SAMPLES, rankLayers } from '../accuracy/exemption'
import type { Layer } from '../layer/layer'
import type { PassContext } from '../pass'
import type { Candidate, Candidates } from './candidates'
import { allInt8, type Decisions } from './decisions'

export interface Verdict {
  readonly chosen: Candidate
  /** Layers by falling loss; empty where none had to be measured. */
  readonly ranking: readonly LayerLoss[]
  readonly isWithinBudget: boolean
}

export class AccuracyControl {
  constructor(
    private readonly context: PassContext,
    private readonly candidates: Candidates,
    private readonly budget: Budget,
    private readonly options: { readonly searchSamples: number; readonly rank: boolean },
  ) {}

  async run(
    layers: readonly Layer[],
    ranges: readonly RangeMethod[],
    improve: () => Promise<void>,
  ): Promise<Verdict> {
    const first = await this.measure(allInt8, ranges[0] as RangeMethod)
    if (this.isWithin(first)) return this.within(first, layers)
    await improve()
    const best = await this.bestOf(ranges)
    if (this.isWithin(best)) return this.within(best, layers)
    const ranking = await this.rank(layers, best.range)
    const search = new ExemptionSearch(this.budget, ranking, (exempt) =>
      this.measure(exempting(exempt), best.range),
    )
    const chosen = await search.run(best)
    return { chosen, ranking, isWithinBudget: this.isWithin(chosen) }
  }

  private async within(chosen: Candidate, layers: readonly Layer[]): Promise<Verdict> {
    const ranking = this.options.rank ? await this.rank(layers, chosen.range) : []
    return { chosen, ranking, isWithinBudget: true }
  }

  /** The way to take ranges that loses least with all layers in 8 bits. */
  private async bestOf(ranges: readonly RangeMethod[]): Promise<Candidate> {
    let best: Candidate | undefined
    for (const range of ranges) {
      const candidate = await this.measure(allInt8, range)
      if (!best || this.excess(candidate) < this.excess(best)) best = candidate
    }
    return best as Candidate
  }

  private rank(layers: readonly Layer[], range: RangeMethod): Promise<LayerLoss[]> {
    const candidates = layers.filter((layer) => layer.kind !== 'convTranspose')
    const alone = (layer: Layer) => {
      const decisions: Decisions = { precision: (each) => (each.key === layer.key ? 'int8' : 'float') }
      return this.candidates.measure(decisions, range, RANKING_SAMPLES)
    }
    return rankLayers(candidates, alone, (done) =>
      this.context.progress(0.3 + (0.5 * done) / candidates.length, 'measuring the loss of each layer'),
    )
  }

  private measure(decisions: Decisions, range: RangeMethod): Promise<Candidate> {
    return this.candidates.measure(decisions, range, this.options.searchSamples)
  }

  private excess(candidate: Candidate): number {
    return excess(this.budget, candidate.measured)
  }

  private isWithin(candidate: Candidate): boolean {
    return this.excess(candidate) <= 0
  }
}

/** Some layers compute in float, their weights still stored in 8 bits. */
function exempting(exempt: ReadonlySet<string>): Decisions {
  return { precision: (layer) => (exempt.has(layer.key) ? 'stored' : 'int8') }
}
