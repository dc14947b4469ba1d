import type { Histogram } from './histogram'

/** What an observer saw of one value over all samples, ready to leave the host. */
export interface Observation {
  readonly value: string
  readonly elements: number
  readonly nonFinite: number
  /** Smallest and largest finite element; both 0 when there were none. */
  readonly min: number
  readonly max: number
  /** Averages of each sample's smallest and largest element. */
  readonly averageMin: number
  readonly averageMax: number
  /** Of the finite elements. */
  readonly histogram: Histogram
  readonly channelMeans?: Float64Array
}
