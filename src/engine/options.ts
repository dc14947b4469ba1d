/** What a session is created with. */
import { cpus } from 'node:os'
import { badArgument } from '../errors'

export interface EngineOptions {
  /** Threads that one run may use; as many as there are cores if left out. */
  readonly intraOpNumThreads?: number | undefined
  /** Whether runs measure the time of each step, for `explain()`. */
  readonly profile?: boolean | undefined
}

export interface CheckedOptions {
  readonly threads: number
  readonly isProfiled: boolean
}

/** @throws OnnxpressError `BAD_ARGUMENT` */
export function checkOptions(options: EngineOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null)
    throw badArgument('an object', 'options of InferenceSession', options)
  const { intraOpNumThreads, profile = false } = options
  // onnxruntime takes 0 as its own choice, and so do we.
  const threads = intraOpNumThreads || Math.max(cpus().length, 1)
  if (!Number.isInteger(threads) || threads < 1 || threads > 1024)
    throw badArgument('an integer from 0 to 1024', 'intraOpNumThreads of InferenceSession', intraOpNumThreads)
  if (typeof profile !== 'boolean') throw badArgument('a boolean', 'profile of InferenceSession', profile)
  return { threads, isProfiled: profile }
}
