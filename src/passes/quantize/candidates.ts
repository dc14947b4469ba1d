/** Builds and measures quantized copies of a model. */
import type { RangeMethod, Statistics } from '../../calibrate/statistics'
import type { Model } from '../../ir'
import type { Measurement, PassContext } from '../pass'
import type { Decisions } from './decisions'
import type { Numbers } from './insert'
import { Ranges } from './ranges'
import { type Rewritten, rewriteModel } from './rewrite'
import type { StaticOptions } from './staticOptions'
import type { WeightStore } from './weightStore'

/** A way to quantize that has been measured. */
export interface Candidate {
  readonly decisions: Decisions
  readonly range: RangeMethod
  readonly measured: Measurement
}

export class Candidates {
  private readonly ranges = new Map<RangeMethod, Ranges>()
  /** Candidates measured so far. */
  count = 0

  constructor(
    private readonly context: PassContext,
    private readonly options: StaticOptions,
    readonly weights: WeightStore,
    private readonly statistics: Statistics = context.statistics,
  ) {}

  /** Quantizes a model in place. */
  write(model: Model, decisions: Decisions, range: RangeMethod): Promise<Rewritten> {
    return rewriteModel(model, decisions, this.numbers(range), this.options.keep)
  }

  /** Measures a quantized copy of the context's model on the first samples, all if no limit is given. */
  async measure(decisions: Decisions, range: RangeMethod, limit?: number): Promise<Candidate> {
    this.context.signal.throwIfAborted()
    const copy = this.context.model.clone()
    await this.write(copy, decisions, range)
    this.count++
    return { decisions, range, measured: await this.context.runtime.measure(copy, limit) }
  }

  private numbers(method: RangeMethod): Numbers {
    const { percentile, activations = 'uint8' } = this.options
    const ranges =
      this.ranges.get(method) ??
      new Ranges(this.statistics, { method, ...(percentile !== undefined && { percentile }) })
    this.ranges.set(method, ranges)
    return {
      activationType: activations,
      range: (value) => ranges.of(value),
      weight: (layer) => this.weights.of(layer),
    }
  }
}
