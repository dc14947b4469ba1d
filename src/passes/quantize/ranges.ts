/** The range of every quantized value: what the samples showed, within what its readers listen to. */
import type { Range, RangeOptions, Statistics } from '../../calibrate/statistics'
import { OnnxpressError } from '../../errors'
import type { Value } from '../../ir'
import { intersect, listenedZone } from './zones'

export class Ranges {
  private readonly known = new Map<string, Range>()

  constructor(
    private readonly statistics: Statistics,
    private readonly options: RangeOptions,
  ) {}

  of(value: Value): Range {
    return intersect(this.observed(value.name), listenedZone(value))
  }

  private observed(name: string): Range {
    const known = this.known.get(name)
    if (known) return known
    const statistics = this.statistics.of(name)
    if (!statistics)
      throw new OnnxpressError('BAD_SAMPLES', `The samples gave no statistics of ${JSON.stringify(name)}`, {
        at: name,
      })
    const range = statistics.range(this.options)
    this.known.set(name, range)
    return range
  }
}
