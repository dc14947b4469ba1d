/** Statistics for passes: gathered when first needed, for several passes in one sweep, as long as they hold. */
import { StatisticsSet } from '../calibrate'
import type { StatisticRequest, Statistics, ValueStatistics } from '../calibrate/statistics'
import type { Model } from '../ir'
import type { Pass } from '../passes/pass'

export type Collect = (model: Model, requests: readonly StatisticRequest[]) => Promise<Statistics>

interface Gathered {
  /** Axis of the channel means that were gathered too, by value name. */
  readonly axes: ReadonlyMap<string, number | undefined>
  readonly statistics: Statistics
}

export class StatisticsKeeper {
  private gathered: Gathered[] = []

  /** @param needsOf what a pass asks for; throws in the pass's name */
  constructor(
    private readonly collect: Collect,
    private readonly needsOf: (pass: Pass, model: Model) => readonly StatisticRequest[],
  ) {}

  /**
   * What the first of `passes` asked for. What is missing is gathered now, together with what the passes behind it ask
   * for up to the first that is not lossless: behind that one, activations are others.
   */
  async for(passes: readonly Pass[], model: Model): Promise<Statistics> {
    const [pass] = passes
    const needs = pass ? this.needsOf(pass, model) : []
    const missing = this.missing(needs)
    if (missing.length > 0) {
      const requests = union([missing, ...this.laterNeeds(passes, model)])
      const statistics = await this.collect(model, requests)
      this.gathered.unshift({
        axes: new Map(requests.map(({ value, channelAxis }) => [value, channelAxis])),
        statistics,
      })
    }
    return this.merged()
  }

  /** Forgets everything: the model's activations have changed. */
  forget(): void {
    this.gathered = []
  }

  private laterNeeds(passes: readonly Pass[], model: Model): (readonly StatisticRequest[])[] {
    const end = passes.findIndex((pass) => !pass.lossless)
    const later = passes.slice(1, end < 0 ? undefined : end + 1)
    return later.map((pass) => this.missing(this.needsOf(pass, model)))
  }

  private missing(requests: readonly StatisticRequest[]): StatisticRequest[] {
    return requests.filter(
      ({ value, channelAxis }) =>
        !this.gathered.some(
          ({ axes }) => axes.has(value) && (channelAxis === undefined || axes.get(value) === channelAxis),
        ),
    )
  }

  private merged(): Statistics {
    const { gathered } = this
    if (gathered.length === 0) return new StatisticsSet(0, [])
    return {
      sampleCount: gathered[0]?.statistics.sampleCount ?? 0,
      of: (value): ValueStatistics | undefined => {
        for (const { statistics } of gathered) {
          const found = statistics.of(value)
          if (found) return found
        }
        return undefined
      },
    }
  }
}

/**
 * Requests of several passes, the first one's first. One value has its means along one axis only; who comes later and
 * wants another is served when its turn comes.
 */
function union(lists: readonly (readonly StatisticRequest[])[]): StatisticRequest[] {
  const merged = new Map<string, StatisticRequest>()
  for (const request of lists.flat()) {
    if (merged.get(request.value)?.channelAxis === undefined) merged.set(request.value, request)
  }
  return [...merged.values()]
}
