/** What the host does for each kind of task. */
import { performance } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import type { InferenceSession } from 'onnxruntime-node'
import { OnnxpressError } from '../../errors'
import type { Feeds } from '../feeds'
import type { About, Reducer, ReducerSpec, SessionSpec, SweepTask, Task, TimeTask } from '../protocol'
import { readSample } from '../sampleFile'
import { collectGarbage } from './garbage'
import { onnxruntime } from './onnxruntime'
import { create, openCount, portsOf, releaseSession, sessionOf } from './openSessions'
import { fetchesOf, runSession, runTensors, toTensors } from './runSession'

type Progress = (done: number) => void

/** Does a task and returns what is sent back. */
export async function perform(task: Task, progress: Progress): Promise<unknown> {
  switch (task.kind) {
    case 'open':
      return portsOf(await sessionOf(task.session))
    case 'run':
      return run(task.session, task.feeds, task.fetches)
    case 'release':
      await releaseSession(task.key)
      return collectGarbage(Number.POSITIVE_INFINITY)
    case 'optimize':
      return optimize(task.session, task.output, task.external)
    case 'about':
      return about()
    case 'sweep':
      return sweep(task, progress)
    case 'time':
      return time(task, progress)
  }
}

async function run(spec: SessionSpec, feeds: Feeds, wanted: readonly string[] | undefined): Promise<unknown> {
  const session = await sessionOf(spec)
  return runSession(session, feeds, fetchesOf(session, wanted))
}

async function optimize(spec: SessionSpec, output: string, external: string | undefined): Promise<void> {
  const config =
    external === undefined ? {} : { 'session.optimized_model_external_initializers_file_name': external }
  const session = await create(
    { ...spec, options: { ...spec.options, config: { ...spec.options.config, ...config } } },
    { optimizedModelFilePath: output },
  )
  await session.release()
}

function about(): About {
  const { versions } = onnxruntime().env
  return {
    onnxruntime: versions.node ?? versions.common,
    rssBytes: process.memoryUsage.rss(),
    openSessions: openCount(),
  }
}

async function sweep(task: SweepTask, progress: Progress): Promise<unknown> {
  const sessions = await Promise.all(task.sessions.map(sessionOf))
  const fetches = sessions.map((session) => fetchesOf(session, task.fetches))
  const reducer = await makeReducer(task.reducer)
  for (const [index, files] of task.files.entries()) {
    const feeds: Feeds = Object.assign({}, ...(await Promise.all(files.map(readSample))))
    const outputs = []
    for (const [at, session] of sessions.entries())
      outputs.push(await runSession(session, feeds, fetches[at] ?? []))
    await reducer.add(outputs, { index, feeds })
    collectGarbage(sizeOf(outputs))
    progress(index + 1)
  }
  return reducer.finish()
}

function sizeOf(outputs: readonly Feeds[]): number {
  let bytes = 0
  for (const each of outputs)
    for (const { data } of Object.values(each)) if (ArrayBuffer.isView(data)) bytes += data.byteLength
  return bytes
}

async function makeReducer({ module, config }: ReducerSpec): Promise<Reducer> {
  const { createReducer } = await import(pathToFileURL(module).href)
  if (typeof createReducer === 'function') return createReducer(config)
  throw new OnnxpressError('BAD_ARGUMENT', `The module ${module} does not export createReducer(config)`, {
    path: module,
  })
}

/** Interleaved, so that whatever else the machine does falls on all sessions alike. */
async function time(task: TimeTask, progress: Progress): Promise<number[][]> {
  const sessions = await Promise.all(task.sessions.map(sessionOf))
  const fetches = sessions.map((session) => fetchesOf(session))
  const samples = await Promise.all(task.files.map(readSample))
  const seconds: number[][] = sessions.map(() => [])
  for (let round = -task.warmup; round < task.repeats; round++) {
    const feeds = samples[(round + task.warmup) % samples.length] ?? {}
    for (const at of turns(sessions.length, round)) {
      const spent = await timeRun(sessions[at] as InferenceSession, feeds, fetches[at] ?? [])
      if (round >= 0) seconds[at]?.push(spent)
    }
    if (round >= 0) progress(round + 1)
  }
  return seconds
}

/** 0, 1, 2 in even rounds and 2, 1, 0 in odd ones: nobody always comes after the same neighbor. */
function turns(count: number, round: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index)
  return round % 2 === 0 ? order : order.reverse()
}

async function timeRun(session: InferenceSession, feeds: Feeds, fetches: readonly string[]): Promise<number> {
  const tensors = toTensors(session, feeds)
  const start = performance.now()
  await runTensors(session, tensors, fetches)
  return (performance.now() - start) / 1000
}
