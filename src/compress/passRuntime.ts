/** What passes run things with: onnxruntime in its own process, over the samples of one compression. */
import { collect, collectGrams, sequentialGrams } from '../calibrate'
import type { Model } from '../ir'
import type { PassRuntime } from '../passes/pass'
import { evaluate, inferTypes, Session } from '../runtime'
import { medianSeconds } from './latency'
import type { Reference } from './reference'
import type { SampleSource } from './sampleSource'
import { stageProgress, type WatchOptions } from './watch'

export function passRuntime(source: SampleSource, reference: Reference, watch: WatchOptions): PassRuntime {
  const request = { signal: watch.signal }
  return {
    evaluate: (model) => evaluate(model, request),
    inferTypes: (model) => inferTypes(model, request),
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
  }
}

/** Median seconds of one run of each model, one thread, interleaved. */
export async function timeModels(
  models: readonly Model[],
  store: Parameters<typeof medianSeconds>[1],
  { signal }: WatchOptions,
): Promise<number[]> {
  const sessions: Session[] = []
  try {
    for (const model of models) sessions.push(await Session.create(model, { threads: 1 }, { signal }))
    return await medianSeconds(sessions, store, { signal })
  } finally {
    for (const session of sessions) await session.release()
  }
}
