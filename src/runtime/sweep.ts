/** Runs samples through sessions in the host and lets a reducer there take in the outputs. */
import { host, type RequestOptions } from './host'
import type { ReducerSpec } from './protocol'
import type { SampleStore } from './sampleStore'
import type { Session } from './session'

export interface SweepOptions extends RequestOptions {
  readonly sessions: readonly Session[]
  readonly store: SampleStore
  readonly reducer: ReducerSpec
  /** Outputs to fetch of each session; all tensors if left out. */
  readonly fetches?: readonly string[] | undefined
  /** Only the first so many samples; all if left out. */
  readonly limit?: number | undefined
  /** The files of a sample whose tensors are fed together, by its own file and its position; its own if left out. */
  readonly filesOf?: ((file: string, position: number) => readonly string[]) | undefined
}

/**
 * Runs every sample through every session and returns what the reducer makes of the outputs. Outputs never leave the
 * host, so memory stays at one sample's.
 * @throws OnnxpressError `RUNTIME` when a run fails, `ABORTED`, and what the reducer throws.
 */
export async function sweep<Result>(options: SweepOptions): Promise<Result> {
  const { sessions, store, reducer, fetches, limit, filesOf = (file) => [file], ...request } = options
  const task = {
    kind: 'sweep',
    sessions: sessions.map((session) => session.spec),
    files: store.files.slice(0, limit).map(filesOf),
    reducer,
    ...(fetches && { fetches }),
  } as const
  return (await host.request(task, request)) as Result
}
