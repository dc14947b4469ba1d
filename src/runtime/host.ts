/**
 * The process that runs onnxruntime. onnxruntime-node blocks the event loop while it runs, and ending a worker thread
 * in the middle of a run aborts the whole process; a child process blocks nobody and can be killed at any time. One is
 * shared, started at first use and never the reason that the caller's process stays alive.
 */
import { type ChildProcess, fork } from 'node:child_process'
import type { Socket } from 'node:net'
import { OnnxpressError } from '../errors'
import { compiledModule } from './packageRoot'
import type { Reply, Task } from './protocol'
import { removeTempRoot, tempRoot } from './tempFolder'

/** How a request may be watched and stopped. */
export interface RequestOptions {
  /** Stops the work at once by killing the host; the next request starts another. */
  readonly signal?: AbortSignal | undefined
  /** Called with the number of samples done. */
  readonly onProgress?: ((done: number) => void) | undefined
  /** Seconds the task may take once it runs; without end if left out. */
  readonly limitSeconds?: number | undefined
}

interface Job extends RequestOptions {
  readonly id: number
  readonly task: Task
  resolve(result: unknown): void
  reject(error: unknown): void
}

const STDERR_KEPT = 2000

class Host {
  private child: ChildProcess | undefined
  private active: Job | undefined
  private readonly queue: Job[] = []
  private nextId = 1
  private stderr = ''

  /** Whether a child is there. */
  get isRunning(): boolean {
    return this.child !== undefined
  }

  /** The child's process id, if there is one. */
  get pid(): number | undefined {
    return this.child?.pid
  }

  /** Runs a task after those before it. One at a time: the child is synchronous anyway, and a crash has one culprit. */
  request(task: Task, options: RequestOptions = {}): Promise<unknown> {
    const { signal, limitSeconds } = options
    if (signal?.aborted) return Promise.reject(aborted(signal))
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined
      const settle = () => {
        signal?.removeEventListener('abort', onAbort)
        clearTimeout(timer)
      }
      const job: Job = {
        ...options,
        id: this.nextId++,
        task,
        resolve(result) {
          settle()
          resolve(result)
        },
        reject(error) {
          settle()
          reject(error)
        },
      }
      const onAbort = () => this.stop(job, aborted(signal))
      signal?.addEventListener('abort', onAbort, { once: true })
      if (limitSeconds !== undefined) {
        timer = setTimeout(() => this.stop(job, tooLong(limitSeconds)), limitSeconds * 1000)
      }
      this.queue.push(job)
      this.next()
    })
  }

  /** Kills the child, if there is one; whatever it was doing fails. */
  close(): void {
    const { child, active } = this
    this.child = undefined
    this.active = undefined
    if (child) kill(child)
    active?.reject(new OnnxpressError('RUNTIME', 'onnxruntime was shut down while it was running'))
    if (active) this.next()
  }

  private next(): void {
    if (this.active) return
    const job = this.queue.shift()
    if (job) this.begin(job)
    else this.hold(false)
  }

  private begin(job: Job): void {
    try {
      this.child ??= this.start()
    } catch (error) {
      job.reject(error)
      this.next()
      return
    }
    this.active = job
    this.hold(true)
    this.send(this.child, job)
  }

  private send(child: ChildProcess, job: Job): void {
    try {
      child.send({ id: job.id, task: job.task }, (error) => error && this.ended(child, error.message))
    } catch (cause) {
      this.active = undefined
      const message = `A ${job.task.kind} task cannot be sent to the host: ${(cause as Error).message}`
      job.reject(new OnnxpressError('BAD_ARGUMENT', message, { cause }))
      this.next()
    }
  }

  private start(): ChildProcess {
    const child = fork(compiledModule('runtime/hostMain'), [tempRoot()], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Outputs are large and short-lived, and only the host knows when they are done with.
      execArgv: ['--expose-gc'],
      // onnxruntime would otherwise leave logs in the temporary folder and try to report usage.
      env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' },
    })
    this.stderr = ''
    child.stderr?.on('data', (text) => {
      this.stderr = (this.stderr + text).slice(-STDERR_KEPT)
    })
    child.on('message', (reply) => this.child === child && this.receive(reply as Reply))
    child.on('error', (error) => this.ended(child, error.message))
    child.on('exit', (code, signal) => this.ended(child, signal ?? `exit code ${code}`))
    ;(child.stderr as Socket | null)?.unref()
    process.off('exit', killAtExit).once('exit', killAtExit)
    return child
  }

  /** While a task runs, the child must keep this process alive: its caller is waiting. */
  private hold(on: boolean): void {
    const { child } = this
    if (on) child?.ref()
    else child?.unref()
    if (on) child?.channel?.ref()
    else child?.channel?.unref()
  }

  private receive(reply: Reply): void {
    const job = this.active
    if (!job || job.id !== reply.id) return
    if ('progress' in reply) return void job.onProgress?.(reply.progress)
    this.active = undefined
    if ('error' in reply)
      job.reject(new OnnxpressError(reply.error.code, reply.error.message, reply.error.place))
    else job.resolve(reply.result)
    this.next()
  }

  /** The child is gone. The task it was working on is to blame; those behind it go on in a new one. */
  private ended(child: ChildProcess | undefined, how: string): void {
    if (!child || this.child !== child) return
    const job = this.active
    this.child = undefined
    this.active = undefined
    kill(child)
    job?.reject(
      new OnnxpressError(
        'RUNTIME',
        `The process that runs onnxruntime ended (${how}) during "${job.task.kind}". ${lastWords(this.stderr)}`,
      ),
    )
    this.next()
  }

  private stop(job: Job, error: OnnxpressError): void {
    const index = this.queue.indexOf(job)
    if (index >= 0) this.queue.splice(index, 1)
    if (this.active === job) {
      if (this.child) kill(this.child)
      this.child = undefined
      this.active = undefined
    }
    job.reject(error)
    this.next()
  }
}

/** The host that everything in this process shares. */
export const host = new Host()

/** Ends the host and removes all temporary folders. What is used afterwards starts anew. */
export function closeRuntime(): void {
  host.close()
  process.off('exit', killAtExit)
  removeTempRoot()
}

function killAtExit(): void {
  host.close()
}

function kill(child: ChildProcess): void {
  child.kill('SIGKILL')
  child.unref()
  child.channel?.unref()
}

function aborted(signal: AbortSignal | undefined): OnnxpressError {
  return new OnnxpressError('ABORTED', 'The work was stopped by its AbortSignal', { cause: signal?.reason })
}

function tooLong(seconds: number): OnnxpressError {
  return new OnnxpressError(
    'LIMIT_EXCEEDED',
    `onnxruntime took longer than the ${seconds} seconds it was given`,
  )
}

function lastWords(stderr: string): string {
  const text = stderr.trim()
  return text ? `Its last words: ${text}` : 'The model may need more memory than there is'
}
