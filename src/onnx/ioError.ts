import { OnnxpressError } from '../errors'

/** Wraps what the operating system said; errors of ours pass through. */
export function ioError(action: string, path: string, cause: unknown): OnnxpressError {
  if (cause instanceof OnnxpressError) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new OnnxpressError('IO', `Could not ${action} ${JSON.stringify(path)}: ${reason}`, { path, cause })
}
