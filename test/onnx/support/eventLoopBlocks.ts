/** How long the event loop is blocked, on a clock that a busy or stopped machine holds up alike. */
import { Worker } from 'node:worker_threads'

const TICK_MS = 10
const clock = `const { workerData } = require('node:worker_threads')
  const ticks = new Int32Array(workerData)
  setInterval(() => Atomics.add(ticks, 0, 1), ${TICK_MS})`

export interface Blocks {
  /** Ends the watch: the most milliseconds that another thread of this process saw pass between two turns. */
  stop(): Promise<number>
}

/** @param each called at every turn */
export async function watchBlocks(each: () => void): Promise<Blocks> {
  const ticks = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(clock, { eval: true, workerData: ticks.buffer })
  await new Promise((resolve) => worker.once('online', resolve))
  let most = 0
  const turn = () => {
    most = Math.max(most, Atomics.exchange(ticks, 0, 0))
    each()
  }
  const timer = setInterval(turn, TICK_MS)
  return {
    async stop() {
      turn()
      clearInterval(timer)
      await worker.terminate()
      return most * TICK_MS
    },
  }
}
