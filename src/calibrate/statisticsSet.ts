/** Statistics as passes see them, over what observers saw. */
import type { Observation } from './observation'
import { computeRange } from './ranges'
import type { Range, RangeOptions, Statistics, ValueStatistics } from './statistics'

export class StatisticsSet implements Statistics {
  private readonly values: ReadonlyMap<string, ObservedValue>

  constructor(
    readonly sampleCount: number,
    observations: readonly Observation[],
  ) {
    this.values = new Map(observations.map((each) => [each.value, new ObservedValue(each)]))
  }

  of(value: string): ValueStatistics | undefined {
    return this.values.get(value)
  }
}

class ObservedValue implements ValueStatistics {
  private readonly ranges = new Map<string, Range>()

  readonly channelMeans?: Float64Array

  constructor(private readonly observation: Observation) {
    if (observation.channelMeans) this.channelMeans = observation.channelMeans
  }

  get elements(): number {
    return this.observation.elements
  }

  get nonFinite(): number {
    return this.observation.nonFinite
  }

  get min(): number {
    return this.observation.min
  }

  get max(): number {
    return this.observation.max
  }

  range(options: RangeOptions): Range {
    const { method, percentile, levels, symmetric } = options
    const key = `${method} ${percentile} ${levels} ${symmetric}`
    let range = this.ranges.get(key)
    if (!range) {
      range = computeRange(this.observation, options)
      this.ranges.set(key, range)
    }
    return range
  }
}
