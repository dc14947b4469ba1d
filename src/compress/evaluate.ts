/** The caller's own measure of a model. */
import { badArgument, OnnxpressError } from '../errors'
import type { RequestOptions, Session } from '../runtime'

/** A number that says how good a model is; larger is better. The session runs one sample at a time: `session.run(feeds)`. */
export type Evaluate = (session: Session) => number | Promise<number>

/**
 * Asks the caller's `evaluate` about a session. Runs that it starts end when the request is stopped.
 * @throws OnnxpressError `BAD_ARGUMENT` when it gives no finite number, or fails
 */
export async function callEvaluate(
  evaluate: Evaluate,
  session: Session,
  request: RequestOptions = {},
): Promise<number> {
  let metric: unknown
  try {
    metric = await evaluate(stoppable(session, request))
  } catch (cause) {
    if (cause instanceof OnnxpressError) throw cause
    const message = `evaluate(session) failed: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new OnnxpressError('BAD_ARGUMENT', message, { cause })
  }
  if (typeof metric === 'number' && Number.isFinite(metric)) return metric
  throw badArgument('a finite number', "evaluate(session)'s result", metric)
}

/** The same session, whose runs also end with the request. */
function stoppable(session: Session, request: RequestOptions): Session {
  const run: Session['run'] = (feeds, fetches, own = {}) =>
    session.run(feeds, fetches, { ...request, ...own })
  return Object.create(session, { run: { value: run } }) as Session
}
