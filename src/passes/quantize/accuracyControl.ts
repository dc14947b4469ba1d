/**
 * Finds the layers that must not compute in 8 bits for the model to keep within its budget.
 *
 * 1. All layers in 8 bits; where that loses too much, with weights rounded by their effect. Within the budget: done.
 * 2. Else the loss of every layer alone is measured, all others being float, which ranks them.
 * 3. Losses do not add up, so sets are measured, not sums: the worst 1, 2, 4, 8 … layers compute in float (their weights
 *    still in 8 bits) until a set is within the budget; bisection then finds the smallest such set in that order.
 */
import type { RangeMethod } from '../../calibrate/statistics'
import type { PassContext } from '../pass'
import { type Budget, excess } from './budget'
import type { Candidate, Candidates } from './candidates'
import { allInt8, type Decisions } from './decisions'
import type { Layer } from './layer'

export interface LayerLoss {
  readonly layer: Layer
  /** Noise of the outputs relative to their signal when this layer alone is in 8 bits, as a ratio of powers. */
  readonly noise: number
}

export interface Verdict {
  readonly chosen: Candidate
  /** Layers by falling loss; empty where none had to be measured. */
  readonly ranking: readonly LayerLoss[]
  readonly isWithinBudget: boolean
}

/** Samples on which single layers are measured: enough to rank them. */
const RANKING_SAMPLES = 8

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
    const chosen = await this.search(ranking, best)
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

  private async rank(layers: readonly Layer[], range: RangeMethod): Promise<LayerLoss[]> {
    const losses: LayerLoss[] = []
    for (const [index, layer] of layers.entries()) {
      if (layer.kind === 'convTranspose') continue
      const alone: Decisions = { precision: (each) => (each.key === layer.key ? 'int8' : 'float') }
      const { measured } = await this.candidates.measure(alone, range, RANKING_SAMPLES)
      losses.push({ layer, noise: 10 ** (-measured.snrDb / 10) })
      this.context.progress(0.3 + (0.5 * index) / layers.length, 'measuring the loss of each layer')
    }
    return losses.sort((a, b) => b.noise - a.noise)
  }

  private async search(ranking: readonly LayerLoss[], allInt8Candidate: Candidate): Promise<Candidate> {
    const measured = new Map<number, Candidate>([[0, allInt8Candidate]])
    const at = async (count: number) => {
      const found =
        measured.get(count) ?? (await this.measure(exempting(ranking, count), allInt8Candidate.range))
      measured.set(count, found)
      return found
    }
    let low = 0
    let high = 1
    while (high < ranking.length && !this.isWithin(await at(high))) [low, high] = [high, high * 2]
    high = Math.min(high, ranking.length)
    if (!this.isWithin(await at(high))) return this.leastExcess([...measured.values()])
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (this.isWithin(await at(middle))) high = middle
      else low = middle
    }
    return at(high)
  }

  private leastExcess(candidates: readonly Candidate[]): Candidate {
    return candidates.reduce((best, each) => (this.excess(each) < this.excess(best) ? each : best))
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

/** The worst `count` layers compute in float, their weights still stored in 8 bits. */
function exempting(ranking: readonly LayerLoss[], count: number): Decisions {
  const exempt = new Set(ranking.slice(0, count).map(({ layer }) => layer.key))
  return { precision: (layer) => (exempt.has(layer.key) ? 'stored' : 'int8') }
}
