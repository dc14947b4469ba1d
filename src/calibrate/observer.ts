/** Gathers what is to be known about one value, sample by sample, in fixed memory. */
import { OnnxpressError } from '../errors'
import { channelSums, histogram, minMax } from '../native'
import { GrowingHistogram } from './histogram'
import type { Observation } from './observation'

/**
 * Weight of the newest sample in the moving averages once there are many; before, all samples weigh the same, so that
 * the first does not dominate (Jacob et al. 2018, "Quantization and Training of Neural Networks...", section 3.1).
 */
const SMOOTHING = 0.01

export class Observer {
  private readonly bins = new GrowingHistogram()
  private samples = 0
  private elements = 0
  private nonFinite = 0
  private min = Number.POSITIVE_INFINITY
  private max = Number.NEGATIVE_INFINITY
  private averageMin = 0
  private averageMax = 0
  private sums: Float64Array | undefined
  private perChannel = 0

  constructor(
    readonly value: string,
    private readonly channelAxis: number | undefined,
  ) {}

  /** Takes in one sample's elements. */
  async add(elements: Float32Array, dims: readonly number[]): Promise<void> {
    if (elements.length === 0) return
    const { min, max, nonFinite } = await minMax(elements)
    this.elements += elements.length
    this.nonFinite += nonFinite
    if (nonFinite < elements.length) await this.addFinite(elements, min, max)
    if (this.channelAxis !== undefined) await this.addChannels(elements, dims, this.channelAxis)
  }

  finish(): Observation {
    const empty = this.min > this.max
    const { value, elements, nonFinite, averageMin, averageMax } = this
    return {
      value,
      elements,
      nonFinite,
      min: empty ? 0 : this.min,
      max: empty ? 0 : this.max,
      averageMin,
      averageMax,
      histogram: this.bins.toHistogram(),
      ...(this.sums && { channelMeans: this.sums.map((sum) => sum / this.perChannel) }),
    }
  }

  private async addFinite(elements: Float32Array, min: number, max: number): Promise<void> {
    const weight = Math.max(SMOOTHING, 1 / ++this.samples)
    this.averageMin += weight * (min - this.averageMin)
    this.averageMax += weight * (max - this.averageMax)
    this.min = Math.min(this.min, min)
    this.max = Math.max(this.max, max)
    this.bins.cover(min, max)
    await histogram(elements, this.bins.counts, this.bins.min, this.bins.max)
  }

  private async addChannels(elements: Float32Array, dims: readonly number[], axis: number): Promise<void> {
    const at = axis < 0 ? axis + dims.length : axis
    const channels = dims[at]
    if (channels === undefined || (this.sums && this.sums.length !== channels)) throw this.badAxis(axis, dims)
    const inner = dims.slice(at + 1).reduce((product, size) => product * size, 1)
    const outer = elements.length / (channels * inner)
    const sums = await channelSums(elements, { outer, channels, inner })
    this.sums = this.sums ? this.sums.map((sum, channel) => sum + (sums[channel] ?? 0)) : sums
    this.perChannel += outer * inner
  }

  private badAxis(axis: number, dims: readonly number[]): OnnxpressError {
    const problem = this.sums
      ? `has ${this.sums.length} channels in one sample and the shape [${dims}] in another`
      : `has the shape [${dims}]`
    return new OnnxpressError(
      'UNSUPPORTED',
      `Means per channel along axis ${axis} cannot be taken: ${JSON.stringify(this.value)} ${problem}`,
      { at: this.value },
    )
  }
}
