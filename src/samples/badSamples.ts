import { OnnxpressError } from '../errors'

/** An error about a sample file, which it names. */
export function badSamples(path: string, problem: string, cause?: unknown): OnnxpressError {
  return new OnnxpressError('BAD_SAMPLES', `${path}: ${problem}`, {
    path,
    ...(cause === undefined ? {} : { cause }),
  })
}
