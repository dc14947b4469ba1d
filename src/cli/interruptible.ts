/** Lets Ctrl+C stop work cleanly. */
import { STOPPED } from './exitCodes'

/**
 * Does something with a signal that Ctrl+C (or SIGTERM) sets off: the work ends by itself and tidies up. A second one
 * ends the process at once; temporary folders go even then, which is why the handlers stay to the end.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const stop = () => {
    if (controller.signal.aborted) process.exit(STOPPED)
    controller.abort()
  }
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop)
  return work(controller.signal)
}
