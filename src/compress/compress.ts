/** From a model and a list of passes to a smaller model and the proof of what it kept. */
import { badArgument } from '../errors'
import type { Model } from '../ir'
import { type AccuracyOptions, checkAccuracyOptions } from '../passes/accuracy/accuracyOptions'
import type { Pass } from '../passes/pass'
import { modelFacts } from '../report/modelFacts'
import { Report } from '../report/report'
import type { Execution, Quality, ReportData } from '../report/reportData'
import { checkPasses } from './checkPasses'
import type { Evaluate } from './evaluate'
import { readBack } from './execution/readBack'
import { type Ground, withGround } from './ground'
import { passRuntime } from './passRuntime'
import { lookAfter } from './passState'
import { runPasses } from './runPasses'
import type { SampleSourceOptions } from './sampleSource'
import { bytesSaturate } from './saturation'
import { warningsOf } from './warnings'
import { stageProgress, type WatchOptions } from './watch'

export interface CompressOptions extends SampleSourceOptions, WatchOptions {
  /** The caller's own metric, larger is better; accuracy control then holds on to it. */
  readonly evaluate?: Evaluate | undefined
  /**
   * What all passes together may lose. Each of several lossy passes leaves a part of it to those behind it; a pass with
   * an `accuracy` of its own keeps to that.
   */
  readonly accuracy?: AccuracyOptions | undefined
  /** False leaves out what follows the passes: outputs, int8 execution and latency against the original. */
  readonly verify?: boolean | undefined
}

export interface Compressed<M extends Model> {
  /** The compressed model; the original is as it was. */
  readonly model: M
  readonly report: Report
}

/** Samples over which the finished result is held against the original. */
const QUALITY_SAMPLES = 64

/**
 * Applies passes, in order, to a copy of a model. The samples are read once and kept on disk until the end; statistics
 * that passes ask for are gathered in one sweep, right before the first pass that needs them. Without samples, ones
 * are made up where a pass cannot do without, and the report warns of it.
 *
 * @param passes as `simplify()` and `quantize.static()` return them, or objects `{ name, apply(context) }`
 * @throws OnnxpressError `BAD_ARGUMENT` for passes and options that are none; `BAD_SAMPLES` when samples do not fit the
 *   model; `INVALID_GRAPH` when a pass broke the graph; `RUNTIME`, `ABORTED`, and what passes throw, in their names.
 */
export async function compress<M extends Model>(
  model: M,
  passes: readonly Pass[],
  options: CompressOptions = {},
): Promise<Compressed<M>> {
  checkPasses(passes)
  checkOptions(options)
  return withGround(model, options, (ground) => run(model, passes, options, ground))
}

async function run<M extends Model>(
  original: M,
  passes: readonly Pass[],
  options: CompressOptions,
  ground: Ground,
): Promise<Compressed<M>> {
  const start = performance.now()
  const model = original.clone()
  const { source, reference } = ground
  const { seed = 0, signal, onProgress, verify = true, accuracy } = options
  const runtime = passRuntime(source, reference, options)
  const look = verify ? lookAfter(passes, ground, QUALITY_SAMPLES) : undefined
  const reports = await runPasses(model, passes, {
    source,
    runtime,
    seed,
    accuracy,
    signal,
    onProgress,
    lookAfter: look,
  })
  const circumstances = { isSynthetic: source.isSynthetic, saturates: bytesSaturate() }
  const data = {
    original: modelFacts(original),
    result: modelFacts(model),
    passes: reports,
    ...(verify ? await check(original, model, { ground, options, reports }) : {}),
  }
  const seconds = (performance.now() - start) / 1000
  return { model, report: new Report({ ...data, warnings: warningsOf(data, circumstances), seconds }) }
}

interface CheckOptions {
  readonly ground: Ground
  readonly options: CompressOptions
  readonly reports: ReportData['passes']
}

/** Holds the finished result against the original: its outputs, what runs in int8, latency. */
async function check(
  original: Model,
  model: Model,
  { ground, options, reports }: CheckOptions,
): Promise<{ quality?: Quality; execution: Execution }> {
  const progress = stageProgress(options, 'verify')
  progress(0, 'outputs')
  const quality = await qualityOf(model, ground)
  progress(0.5, 'what runs in int8, and how fast')
  const execution = await readBack(original, model, {
    source: ground.source,
    passes: reports,
    watch: options,
  })
  progress(1)
  return { ...(quality && { quality }), execution }
}

/** Undefined where nobody gave anything to measure with. */
async function qualityOf(model: Model, { source, reference }: Ground): Promise<Quality | undefined> {
  if (source.givenCount === 0 && !source.isSynthetic && !reference.hasMetric) return undefined
  const sampleCount = Math.min(QUALITY_SAMPLES, (await source.store()).count)
  const measured = await reference.measure(model, sampleCount)
  return { ...measured, originalMetric: await reference.originalMetric(), sampleCount }
}

function checkOptions({ seed, evaluate, sampleLimit, accuracy }: CompressOptions): void {
  if (accuracy) checkAccuracyOptions(accuracy, 'compress')
  if (seed !== undefined && !Number.isSafeInteger(seed)) throw badArgument('a whole number', 'seed', seed)
  if (evaluate !== undefined && typeof evaluate !== 'function')
    throw badArgument('a function of a session', 'evaluate', evaluate)
  if (sampleLimit !== undefined && !(Number.isSafeInteger(sampleLimit) && sampleLimit > 0))
    throw badArgument('a whole number from 1', 'sampleLimit', sampleLimit)
}
