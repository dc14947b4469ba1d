/** Turns of the event loop. */
import { performance } from 'node:perf_hooks'

/** Milliseconds that timers and sockets may wait for. */
const MOST_WAIT = 1

let latest = 0

/** Lets the event loop turn, once in a while: runs that follow one another at once would else keep it from that. */
export async function letOthersRun(): Promise<void> {
  if (performance.now() - latest < MOST_WAIT) return
  await new Promise((resolve) => setImmediate(resolve))
  latest = performance.now()
}
