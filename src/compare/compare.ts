/** Holds a compressed model against its original. */
import { parity } from '../calibrate'
import type { OutputParity, Parity } from '../calibrate/parity'
import { callEvaluate, type Evaluate } from '../compress/evaluate'
import { medianSeconds } from '../compress/latency'
import { SampleSource, type SampleSourceOptions } from '../compress/sampleSource'
import { stageProgress, throwIfAborted, type WatchOptions } from '../compress/watch'
import { badArgument, OnnxpressError } from '../errors'
import type { Model } from '../ir'
import { type SampleStore, Session, type SessionOptions, withSession } from '../runtime'
import { type CompareLatency, Comparison, type LevelParity, type Metrics } from './comparison'

export { type CompareLatency, Comparison, type LevelParity } from './comparison'

export type Level = NonNullable<SessionOptions['optimization']>

export interface CompareOptions extends SampleSourceOptions, WatchOptions {
  /** The caller's own metric, asked about both models. */
  readonly evaluate?: Evaluate | undefined
  /** Optimization levels of onnxruntime that the result is run at; all four if left out. The original runs at `'all'`. */
  readonly levels?: readonly Level[] | undefined
  /** False leaves the latency out. */
  readonly latency?: boolean | undefined
}

const LEVELS: readonly Level[] = ['disabled', 'basic', 'extended', 'all']
const KNOWN = new Set<string>([...LEVELS, 'layout'])

const SWEEP: SessionOptions = { arena: false, config: { 'session.intra_op.allow_spinning': '0' } }

/**
 * Runs both models on the same samples: signal-to-noise ratio, cosine, largest error and equal choices of each output;
 * the same at each of onnxruntime's optimization levels, since some rewrite quantized graphs to ones that compute
 * differently; and the latency of both, interleaved on one thread. Without samples, ones are made up.
 * @throws OnnxpressError `BAD_SAMPLES`, `BAD_ARGUMENT` when the result lacks an output or gives another shape, `RUNTIME`,
 *   `ABORTED`.
 */
export async function compare(
  original: Model,
  result: Model,
  options: CompareOptions = {},
): Promise<Comparison> {
  const levels = checkLevels(options.levels)
  const source = await SampleSource.open(original, options, options)
  try {
    return await source.use((store) =>
      run(original, result, { store, levels, options, isSynthetic: source.isSynthetic }),
    )
  } finally {
    await source.dispose()
  }
}

interface Ground {
  readonly store: SampleStore
  readonly levels: readonly Level[]
  readonly options: CompareOptions
  readonly isSynthetic: boolean
}

async function run(original: Model, result: Model, ground: Ground): Promise<Comparison> {
  const { store, options, isSynthetic } = ground
  const request = { signal: options.signal }
  return withSession(
    original,
    SWEEP,
    async (reference) => {
      const main = await parityAt('all', result, reference, ground)
      const metrics = options.evaluate && (await metricsOf(options.evaluate, reference, result, options))
      const levels = await parityAtLevels(main, result, reference, ground)
      const latency = options.latency === false ? undefined : await latencyOf(original, result, ground)
      return new Comparison({
        outputs: main.outputs,
        overall: main.overall,
        sampleCount: store.count,
        isSynthetic,
        levels,
        ...(metrics && { metrics }),
        ...(latency && { latency }),
      })
    },
    request,
  )
}

async function parityAt(level: Level, result: Model, reference: Session, ground: Ground): Promise<Parity> {
  const { store, options } = ground
  const request = { signal: options.signal }
  const progress = stageProgress(options, 'compare')
  const onProgress = (done: number) => progress(done / store.count, `optimization level ${level}`)
  return withSession(
    result,
    { ...SWEEP, optimization: level },
    (session) => parity(session, store, reference, { ...request, onProgress }),
    request,
  )
}

/** The result at each level; a level at which onnxruntime refuses it says why. */
async function parityAtLevels(
  main: Parity,
  result: Model,
  reference: Session,
  ground: Ground,
): Promise<Record<string, LevelParity>> {
  const found: Record<string, LevelParity> = {}
  for (const level of ground.levels) {
    throwIfAborted(ground.options)
    try {
      const { overall } = level === 'all' ? main : await parityAt(level, result, reference, ground)
      found[level] = { snrDb: overall.snrDb, agreement: overall.agreement, maxAbsolute: overall.maxAbsolute }
    } catch (error) {
      if (!(error instanceof OnnxpressError) || error.code !== 'RUNTIME') throw error
      found[level] = { refused: error.message }
    }
  }
  return found
}

async function metricsOf(
  evaluate: Evaluate,
  reference: Session,
  result: Model,
  { signal }: WatchOptions,
): Promise<Metrics> {
  const original = await callEvaluate(evaluate, reference, { signal })
  return {
    original,
    result: await withSession(result, SWEEP, (session) => callEvaluate(evaluate, session, { signal }), {
      signal,
    }),
  }
}

async function latencyOf(
  original: Model,
  result: Model,
  { store, options }: Ground,
): Promise<CompareLatency> {
  stageProgress(options, 'latency')(0)
  const { signal } = options
  const sessions: Session[] = []
  try {
    for (const model of [original, result])
      sessions.push(await Session.create(model, { threads: 1 }, { signal }))
    const [originalSeconds = Number.NaN, resultSeconds = Number.NaN] = await medianSeconds(sessions, store, {
      signal,
    })
    return { originalSeconds, resultSeconds, ratio: resultSeconds / originalSeconds }
  } finally {
    for (const session of sessions) await session.release()
  }
}

function checkLevels(levels: readonly Level[] = LEVELS): readonly Level[] {
  const isSound = Array.isArray(levels) && levels.every((level) => KNOWN.has(level))
  if (!isSound) throw badArgument(`an array of ${[...KNOWN].join(', ')}`, 'levels of compare', levels)
  return levels
}

export type { OutputParity }
