/** The passes, one after the other, the graph verified after each. */
import { describe, OnnxpressError } from '../errors'
import type { Model } from '../ir'
import type { AccuracyOptions } from '../passes/accuracy/accuracyOptions'
import type { Pass, PassContext, PassResult, PassRuntime } from '../passes/pass'
import type { PassReport } from '../report/reportData'
import type { LookAfter } from './passState'
import type { SampleSource } from './sampleSource'
import { StatisticsKeeper } from './statisticsKeeper'
import { stageProgress, throwIfAborted, type WatchOptions } from './watch'

export interface RunOptions extends WatchOptions {
  readonly source: SampleSource
  readonly runtime: PassRuntime
  readonly seed: number
  /** What all passes together may lose. */
  readonly accuracy?: AccuracyOptions | undefined
  /** Looks at the model after each pass; nobody does if left out. */
  readonly lookAfter?: LookAfter | undefined
}

/**
 * Applies passes to a model in place.
 * @throws OnnxpressError what a pass threw, with the pass's name; `INVALID_GRAPH` when it left the graph broken.
 */
export async function runPasses(
  model: Model,
  passes: readonly Pass[],
  options: RunOptions,
): Promise<PassReport[]> {
  const keeper = new StatisticsKeeper(options.runtime.collect, needsOf)
  const sampleCount = await countSamples(passes, options.source)
  const reports: PassReport[] = []
  for (const [index, pass] of passes.entries()) {
    throwIfAborted(options)
    const start = performance.now()
    const statistics = await inName(pass, () => keeper.for(passes.slice(index), model))
    const progress = stageProgress(options, pass.name)
    progress(0)
    const allowance = { accuracy: options.accuracy ?? {}, share: shareOf(passes, index) }
    const context = { ...contextOf(model, options), statistics, sampleCount, allowance, progress }
    const result = checkResult(pass, await inName(pass, () => pass.apply(context)))
    verifyAfter(pass, model)
    if (result.changed > 0 && !pass.lossless) keeper.forget()
    progress(1)
    const seconds = (performance.now() - start) / 1000
    const after = result.changed > 0 ? await options.lookAfter?.(model, index) : undefined
    reports.push({ ...reportOf(pass, result, seconds), ...(after && { after }) })
  }
  return reports
}

/** The k-th of n lossy passes has k/n of what all may lose. */
function shareOf(passes: readonly Pass[], index: number): number {
  const lossy = (some: readonly Pass[]) => some.filter((pass) => !pass.lossless).length
  return Math.max(1, lossy(passes.slice(0, index + 1))) / Math.max(1, lossy(passes))
}

function contextOf(
  model: Model,
  { runtime, seed, signal }: RunOptions,
): Pick<PassContext, 'model' | 'graph' | 'runtime' | 'seed' | 'signal'> {
  return { model, graph: model.graph, runtime, seed, signal: signal ?? new AbortController().signal }
}

/** Made-up samples count too, where a pass cannot do without any. */
async function countSamples(passes: readonly Pass[], source: SampleSource): Promise<number> {
  if (source.givenCount > 0 || !passes.some((pass) => pass.needs)) return source.givenCount
  return (await source.store()).count
}

function needsOf(pass: Pass, model: Model) {
  try {
    return pass.needs?.(model) ?? []
  } catch (cause) {
    throw named(pass, cause)
  }
}

async function inName<T>(pass: Pass, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw named(pass, cause)
  }
}

/** The error of a pass in that pass's name; stopping is nobody's fault. */
function named(pass: Pass, cause: unknown): OnnxpressError {
  if (cause instanceof OnnxpressError && (cause.code === 'ABORTED' || cause.message.startsWith('Pass ')))
    return cause
  // What `signal.throwIfAborted()` throws unless the caller gave a reason of their own.
  if (cause instanceof Error && cause.name === 'AbortError')
    return new OnnxpressError('ABORTED', `Pass ${describe(pass.name)} was stopped`, { cause })
  const message = `Pass ${describe(pass.name)}: ${cause instanceof Error ? cause.message : describe(cause)}`
  return cause instanceof OnnxpressError
    ? new OnnxpressError(cause.code, message, { ...cause.place, cause })
    : new OnnxpressError('BAD_ARGUMENT', message, { cause })
}

function verifyAfter(pass: Pass, model: Model): void {
  try {
    model.verify()
  } catch (cause) {
    throw named(pass, cause)
  }
}

function checkResult(pass: Pass, result: unknown): PassResult {
  const { changed, skipped } = (result ?? {}) as Partial<PassResult>
  if (typeof changed === 'number' && Array.isArray(skipped)) return result as PassResult
  throw new OnnxpressError(
    'BAD_ARGUMENT',
    `Pass ${describe(pass.name)}: expected apply() to return { changed, skipped: [{ at, reason }] }, received ${describe(result)}`,
  )
}

function reportOf(pass: Pass, { changed, skipped, details }: PassResult, seconds: number): PassReport {
  return {
    name: pass.name,
    ...(pass.options && { options: pass.options }),
    changed,
    skipped,
    ...(details && { details }),
    seconds,
  }
}
