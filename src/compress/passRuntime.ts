/** What passes run things with: onnxruntime in its own process, over the samples of one compression. */
import { collect, collectGrams, sequentialGrams, syntheticSamples } from '../calibrate'
import type { Model, ValueType } from '../ir'
import type { PassRuntime } from '../passes/pass'
import { evaluate, inferTypes, modelInputs, type RequestOptions, SampleStore, Session } from '../runtime'
import { medianSeconds, type TimingEffort, typicalSample } from './latency'
import type { Reference } from './reference'
import type { SampleSource } from './sampleSource'
import { stageProgress, type WatchOptions } from './watch'

export function passRuntime(source: SampleSource, reference: Reference, watch: WatchOptions): PassRuntime {
  const request = { signal: watch.signal }
  return {
    evaluate: (model) => evaluate(model, request),
    inferTypes: (model) => inferTypes(model, request),
    sampleTypes: (model) => source.use((store) => typesInSample(model, store, request)),
    collect: (model, requests) =>
      source.use((store) =>
        collect(model, requests, store, { ...request, onProgress: stageProgress(watch, 'statistics') }),
      ),
    collectGrams: (model, requests) =>
      source.use((store) =>
        collectGrams(model, requests, store, {
          ...request,
          onProgress: stageProgress(watch, 'Gram matrices'),
        }),
      ),
    sequentialGrams: (model, requests, options) =>
      source.iterate((store) => sequentialGrams(model, requests, store, { ...options, ...request })),
    measure: (candidate, limit) => reference.measure(candidate, limit),
    originalMetric: () => reference.originalMetric(),
    time: (candidates) => source.use((store) => timeModels(candidates, store, watch)),
    timeAlone: (models) => timeAlone(models, watch),
  }
}

async function typesInSample(
  model: Model,
  store: SampleStore,
  request: RequestOptions,
): Promise<Map<string, ValueType>> {
  const sample = await store.read(typicalSample(store))
  const shapes = Object.fromEntries(Object.entries(sample).map(([name, { dims }]) => [name, dims]))
  return inferTypes(model, { shapes, ...request })
}

/** Small models are timed by the dozen, and runs of microseconds are many in little time. */
const ALONE = { targetSeconds: 0.3, mostRepeats: 400 }

async function timeAlone(models: readonly Model[], watch: WatchOptions): Promise<number[]> {
  const [model] = models
  if (!model) return []
  const samples = syntheticSamples(model, { count: 1 })
  const store = await SampleStore.spool(samples, modelInputs(model), { signal: watch.signal })
  try {
    return await timeModels(models, store, watch, ALONE)
  } finally {
    await store.dispose()
  }
}

/** Median seconds of one run of each model, one thread, interleaved. */
export async function timeModels(
  models: readonly Model[],
  store: Parameters<typeof medianSeconds>[1],
  { signal }: WatchOptions,
  effort: TimingEffort = {},
): Promise<number[]> {
  const sessions: Session[] = []
  try {
    for (const model of models) sessions.push(await Session.create(model, { threads: 1 }, { signal }))
    return await medianSeconds(sessions, store, { signal }, effort)
  } finally {
    for (const session of sessions) await session.release()
  }
}
