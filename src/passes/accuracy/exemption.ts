/**
 * Finds the layers that a lossy pass must spare for the model to keep within its budget.
 *
 * 1. The loss of every layer alone ranks them.
 * 2. Losses do not add up, so sets are measured, not sums: the worst 1, 2, 4, 8 … layers are spared until a set is
 *    within the budget; bisection then finds the smallest such set in that order.
 */
import type { Layer } from '../layer/layer'
import type { Measurement } from '../pass'
import { type Budget, excess } from './budget'

/** Samples on which single layers are measured: enough to rank them. */
export const RANKING_SAMPLES = 8

export interface LayerLoss {
  readonly layer: Layer
  /** Noise of the outputs relative to their signal when this layer alone is changed, as a ratio of powers. */
  readonly noise: number
}

/** Something that was held against the original. */
export interface Measured {
  readonly measured: Measurement
}

/**
 * Layers by falling loss.
 * @param alone measures the model with that layer alone changed
 * @param onLayer called with the number of layers measured before each
 */
export async function rankLayers(
  layers: readonly Layer[],
  alone: (layer: Layer) => Promise<Measured>,
  onLayer: (done: number) => void,
): Promise<LayerLoss[]> {
  const losses: LayerLoss[] = []
  for (const [index, layer] of layers.entries()) {
    const { measured } = await alone(layer)
    losses.push({ layer, noise: 10 ** (-measured.snrDb / 10) })
    onLayer(index)
  }
  return losses.sort((a, b) => b.noise - a.noise)
}

/** A search over sets of spared layers, each measured once. */
export class ExemptionSearch<Candidate extends Measured> {
  private readonly bySize = new Map<number, Candidate>()

  /** @param sparing measures the model with those layers, by key, spared */
  constructor(
    private readonly budget: Budget,
    private readonly ranking: readonly LayerLoss[],
    private readonly sparing: (exempt: ReadonlySet<string>) => Promise<Candidate>,
  ) {}

  /**
   * The candidate that spares the fewest of the worst layers; the one nearest to the budget where none keeps within.
   * @param none the candidate that spares no layer, measured before
   */
  async run(none: Candidate): Promise<Candidate> {
    this.bySize.set(0, none)
    let low = 0
    let high = 1
    while (high < this.ranking.length && !this.isWithin(await this.at(high))) [low, high] = [high, high * 2]
    high = Math.min(high, this.ranking.length)
    if (!this.isWithin(await this.at(high))) return this.leastExcess()
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (this.isWithin(await this.at(middle))) high = middle
      else low = middle
    }
    return this.at(high)
  }

  private async at(count: number): Promise<Candidate> {
    const exempt = new Set(this.ranking.slice(0, count).map(({ layer }) => layer.key))
    const found = this.bySize.get(count) ?? (await this.sparing(exempt))
    this.bySize.set(count, found)
    return found
  }

  private leastExcess(): Candidate {
    const candidates = [...this.bySize.values()]
    return candidates.reduce((best, each) => (this.excess(each) < this.excess(best) ? each : best))
  }

  private excess(candidate: Candidate): number {
    return excess(this.budget, candidate.measured)
  }

  private isWithin(candidate: Candidate): boolean {
    return this.excess(candidate) <= 0
  }
}
