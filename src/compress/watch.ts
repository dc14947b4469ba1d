/** How long work is watched and stopped. */
import { OnnxpressError } from '../errors'

/** How far the work is. */
export interface ProgressEvent {
  /** A pass's name, or what happens around the passes: `samples`, `statistics`, `read back`, `latency`, ... */
  readonly stage: string
  /** Share of the stage that is done, from 0 to 1. */
  readonly ratio: number
  /** What is done just now. */
  readonly what?: string
}

export interface WatchOptions {
  /** Stops the work; what was written to temporary folders is removed. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((event: ProgressEvent) => void) | undefined
}

/** A stage's progress, for functions that report a ratio. */
export function stageProgress(
  { onProgress }: WatchOptions,
  stage: string,
): (ratio: number, what?: string) => void {
  return (ratio, what) =>
    onProgress?.({ stage, ratio: Math.min(1, Math.max(0, ratio)), ...(what === undefined ? {} : { what }) })
}

/** @throws OnnxpressError `ABORTED` when the signal says so. */
export function throwIfAborted({ signal }: WatchOptions): void {
  if (signal?.aborted)
    throw new OnnxpressError('ABORTED', 'The work was stopped by its AbortSignal', { cause: signal.reason })
}
