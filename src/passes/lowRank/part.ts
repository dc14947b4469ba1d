import type { PassContext } from '../pass'

/** The context for a part of the pass's work, whose progress from 0 to 1 is that from one ratio to another. */
export function partOf(context: PassContext, from: number, to: number): PassContext {
  return {
    ...context,
    progress: (ratio, what) => context.progress(from + (to - from) * ratio, what),
  }
}
