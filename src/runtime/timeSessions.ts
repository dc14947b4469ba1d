/** Measures how long sessions take. */
import { badArgument } from '../errors'
import { host, type RequestOptions } from './host'
import type { SampleStore } from './sampleStore'
import type { Session } from './session'

export interface TimeOptions extends RequestOptions {
  /** Measured runs of each session; 20 if left out. */
  readonly repeats?: number | undefined
  /** Runs before them that are not counted; 3 if left out. */
  readonly warmup?: number | undefined
  /** How many of the first samples to take turns with; 1 if left out. */
  readonly samples?: number | undefined
}

/**
 * Runs sessions in turns on the same samples, forwards in one round and backwards in the next, so that whatever else
 * the machine does falls on all alike.
 * @returns for each session the seconds of each run
 */
export async function timeSessions(
  sessions: readonly Session[],
  store: SampleStore,
  options: TimeOptions = {},
): Promise<number[][]> {
  const { repeats = 20, warmup = 3, samples = 1, ...request } = options
  if (!Number.isSafeInteger(repeats) || repeats < 1)
    throw badArgument('repeats of at least 1', 'timeSessions', repeats)
  if (!Number.isSafeInteger(warmup) || warmup < 0)
    throw badArgument('warmup of at least 0', 'timeSessions', warmup)
  const specs = sessions.map((session) => session.spec)
  const task = {
    kind: 'time',
    sessions: specs,
    files: store.files.slice(0, samples),
    repeats,
    warmup,
  } as const
  return (await host.request(task, request)) as number[][]
}
