/** Groups requested values so that the activations of one group fit in memory together. */
import { OnnxpressError } from '../errors'
import { countElements, type Model } from '../ir'
import {
  compiledModule,
  inferTypes,
  type SampleStore,
  type SessionOptions,
  sweep,
  valueNamed,
  withOutputs,
  withSession,
} from '../runtime'
import type { CollectOptions } from './collect'
import type { StatisticRequest } from './statistics'

/** Bytes of one sample's requested activations, unless told otherwise. */
const MEMORY_BYTES = 256 * 2 ** 20

/** Opened for a single run, so what makes runs fast does not pay. */
const COUNTING: SessionOptions = {
  optimization: 'disabled',
  arena: false,
  config: { 'session.disable_prepacking': '1' },
}

/** In order, as many values to a group as the memory allows for the largest sample, and at least one. */
export async function splitByMemory(
  model: Model,
  requests: readonly StatisticRequest[],
  store: SampleStore,
  options: CollectOptions,
): Promise<StatisticRequest[][]> {
  const { memoryBytes = MEMORY_BYTES } = options
  const names = requests.map((request) => request.value)
  const elements = await elementsOf(model, names, store, options)
  const groups: StatisticRequest[][] = []
  let room = 0
  for (const request of requests) {
    const bytes = 4 * (elements.get(request.value) ?? 0)
    if (bytes > room || groups.length === 0) {
      groups.push([])
      room = memoryBytes
    }
    groups.at(-1)?.push(request)
    room -= bytes
  }
  return groups
}

/** Elements of each value in the largest sample: inferred in no time, or else counted in a run. */
async function elementsOf(
  model: Model,
  names: readonly string[],
  store: SampleStore,
  options: CollectOptions,
): Promise<ReadonlyMap<string, number>> {
  if (store.count === 0 || names.length === 0) return new Map()
  const inferred = await inferElements(model, store, options)
  return names.every((name) => inferred.has(name)) ? inferred : countInRun(model, names, store, options)
}

async function inferElements(
  model: Model,
  store: SampleStore,
  { signal }: CollectOptions,
): Promise<Map<string, number>> {
  const sample = await store.read(store.largest)
  const shapes = Object.fromEntries(Object.entries(sample).map(([name, { dims }]) => [name, dims]))
  const types = await inferTypes(model, { shapes, signal }).catch(noTypes)
  const elements = new Map<string, number>()
  for (const [name, type] of types) {
    const shape = type.kind === 'tensor' ? type.shape : undefined
    if (shape?.every((size) => typeof size === 'number')) elements.set(name, countElements(shape as number[]))
  }
  return elements
}

/** Inference may stumble where a run does not; the run then tells. */
function noTypes(error: unknown): Awaited<ReturnType<typeof inferTypes>> {
  if (error instanceof OnnxpressError && (error.code === 'RUNTIME' || error.code === 'UNSUPPORTED'))
    return new Map()
  throw error
}

/** Counted by onnxruntime without keeping any activations. */
async function countInRun(
  model: Model,
  names: readonly string[],
  store: SampleStore,
  { signal, threads }: CollectOptions,
): Promise<Map<string, number>> {
  const sizeNames: string[] = []
  const counting = withOutputs(model, (graph) =>
    names.map((name) => {
      const size = graph.createValue(`${name}_size`)
      graph.add('Size', [valueNamed(graph, name)], { outputs: [size] })
      sizeNames.push(size.name)
      return size
    }),
  )
  const reducer = { module: compiledModule('calibrate/sizeReducer'), config: undefined }
  const largest = store.pick([store.largest])
  const sizes = await withSession(
    counting,
    { ...COUNTING, ...(threads && { threads }) },
    (session) => sweep<Record<string, number>>({ sessions: [session], store: largest, reducer, signal }),
    { signal },
  )
  return new Map(names.map((name, index) => [name, sizes[sizeNames[index] ?? ''] ?? 0]))
}
