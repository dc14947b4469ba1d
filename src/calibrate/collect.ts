/** One sweep over the samples answers everything that passes asked for. */
import type { Model } from '../ir'
import { compiledModule, type SampleStore, Session, sweep, valueNamed, withOutputs } from '../runtime'
import { mergeRequests } from './mergeRequests'
import type { Observation } from './observation'
import { splitByMemory } from './splitByMemory'
import type { StatisticRequest, Statistics } from './statistics'
import { StatisticsSet } from './statisticsSet'
import { SWEEP } from './sweepOptions'

export interface CollectOptions {
  readonly signal?: AbortSignal | undefined
  /** Called with the share of the work that is done, from 0 to 1. */
  readonly onProgress?: ((ratio: number) => void) | undefined
  /** Bytes that the requested activations of one sample may take; more are gathered in several sweeps. 256 MiB if left out. */
  readonly memoryBytes?: number | undefined
  /** Threads of onnxruntime; as many as there are cores if left out. */
  readonly threads?: number | undefined
}

/**
 * Runs the samples through a model and gathers statistics of the requested values. Memory does not grow with the
 * number of samples.
 * @throws OnnxpressError `BAD_ARGUMENT` when the model has no such value, `UNSUPPORTED` when a value is not
 * floating-point, `RUNTIME` when onnxruntime fails, `ABORTED`.
 */
export async function collect(
  model: Model,
  requests: readonly StatisticRequest[],
  store: SampleStore,
  options: CollectOptions = {},
): Promise<Statistics> {
  const wanted = mergeRequests(requests)
  for (const { value } of wanted) valueNamed(model.graph, value)
  const groups = await splitByMemory(model, wanted, store, options)
  const observations: Observation[] = []
  for (const [index, group] of groups.entries()) {
    const onProgress = (done: number) => options.onProgress?.((index + done / store.count) / groups.length)
    observations.push(...(await observe(model, group, store, { ...options, onProgress })))
  }
  return new StatisticsSet(store.count, observations)
}

async function observe(
  model: Model,
  requests: readonly StatisticRequest[],
  store: SampleStore,
  { signal, onProgress, threads }: CollectOptions,
): Promise<Observation[]> {
  const outputs = requests
    .filter(({ value }) => !valueNamed(model.graph, value).isGraphInput)
    .map(({ value }) => value)
  const reducer = { module: compiledModule('calibrate/observeReducer'), config: { requests } }
  const augmented = withOutputs(model, (graph) => outputs.map((name) => valueNamed(graph, name)))
  const sessions =
    outputs.length > 0
      ? [await Session.create(augmented, { ...SWEEP, ...(threads && { threads }) }, { signal })]
      : []
  try {
    return await sweep<Observation[]>({ sessions, store, reducer, signal, onProgress })
  } finally {
    for (const session of sessions) await session.release()
  }
}
