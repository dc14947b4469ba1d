/** Entry of the host process: takes tasks from the parent, one at a time, and sends back what they give. */
import { rmSync } from 'node:fs'
import { OnnxpressError } from '../errors'
import { perform } from './host/tasks'
import type { Reply, Request, WireError } from './protocol'

const [, , tempRoot] = process.argv

// The parent ends this process by killing it. A Ctrl+C reaches both; should the parent die of it, its temporary
// folders are still to be removed, and that is done here.
process.on('SIGINT', ignore)
process.on('SIGTERM', ignore)
process.on('SIGHUP', ignore)
process.on('disconnect', leave)
process.on('message', (request) => void answer(request as Request))

async function answer({ id, task }: Request): Promise<void> {
  try {
    const result = await perform(task, (progress) => send({ id, progress }))
    send({ id, result })
  } catch (error) {
    send({ id, error: wireError(error) })
  }
}

function send(reply: Reply): void {
  if (process.connected) process.send?.(reply)
}

function wireError(error: unknown): WireError {
  if (error instanceof OnnxpressError) return { code: error.code, message: error.message, place: error.place }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'RUNTIME', message, place: {} }
}

function leave(): void {
  if (tempRoot) rmSync(tempRoot, { recursive: true, force: true })
  // Without destructors: threads of onnxruntime and of the addon may still be at work.
  process.kill(process.pid, 'SIGKILL')
}

function ignore(): void {}
