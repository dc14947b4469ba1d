/** How a histogram of activations becomes the range that 8 bits must cover. */
export type RangeMethod = 'minMax' | 'movingAverage' | 'percentile' | 'entropy' | 'mse'

/** What a pass wants to know about a value of the model, over all samples. */
export interface StatisticRequest {
  /** The value's name. */
  readonly value: string
  /** Axis whose per-channel means are wanted too; negative counts from the end. */
  readonly channelAxis?: number
}

/** A range of real numbers that always holds 0, which must be exact in quantized arithmetic (padding). */
export interface Range {
  readonly min: number
  readonly max: number
}

export interface RangeOptions {
  readonly method: RangeMethod
  /** Share of elements inside the range, for `percentile`; 0.9999 if left out. */
  readonly percentile?: number
  /** Number of quantization levels the range will be cut into; 256 if left out. */
  readonly levels?: number
  /** Whether the range is to be symmetric around 0. */
  readonly symmetric?: boolean
}

/** What all samples together say about one value. */
export interface ValueStatistics {
  /** Elements seen, over all samples. */
  readonly elements: number
  /** NaN and infinite elements among them; they are in no range. */
  readonly nonFinite: number
  /** Smallest and largest element seen; both 0 when there were none. */
  readonly min: number
  readonly max: number
  /** Mean of each channel along the requested axis. */
  readonly channelMeans?: Float64Array
  /** The range to quantize this value with. */
  range(options: RangeOptions): Range
}

/** Statistics by value name. */
export interface Statistics {
  readonly sampleCount: number
  of(value: string): ValueStatistics | undefined
}
