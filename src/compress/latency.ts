/** Latency of sessions side by side. */
import { type RequestOptions, type SampleStore, type Session, timeSessions } from '../runtime'

/** How long to measure. */
export interface TimingEffort {
  /** About how long the measured runs may take altogether; 4 if left out. */
  readonly targetSeconds?: number
  /** 60 if left out. */
  readonly mostRepeats?: number
}

const FEWEST_REPEATS = 5

/**
 * Median seconds of one run of each session on the sample of median size. Sessions take turns, so that whatever else
 * the machine does falls on all alike; slow models run fewer times.
 */
export async function medianSeconds(
  sessions: readonly Session[],
  store: SampleStore,
  request: RequestOptions = {},
  { targetSeconds = 4, mostRepeats = 60 }: TimingEffort = {},
): Promise<number[]> {
  const typical = store.pick([typicalSample(store)])
  const trial = await timeSessions(sessions, typical, { ...request, repeats: 2, warmup: 1 })
  const round = trial.reduce((sum, runs) => sum + Math.min(...runs), 0)
  const repeats = Math.round(Math.min(mostRepeats, Math.max(FEWEST_REPEATS, targetSeconds / round)))
  const seconds = await timeSessions(sessions, typical, { ...request, repeats, warmup: 1 })
  return seconds.map(median)
}

/** Position of the sample whose size lies in the middle. */
export function typicalSample(store: SampleStore): number {
  const bySize = store.samples.map(({ bytes }, index) => ({ bytes, index })).sort((a, b) => a.bytes - b.bytes)
  return bySize[bySize.length >> 1]?.index ?? 0
}

/** The middle of the sorted numbers; of an even count, the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}
