/** Sweeps over the samples that sum up how the inputs of layers go together. */
import { join } from 'node:path'
import { badArgument } from '../errors'
import type { Model } from '../ir'
import {
  compiledModule,
  makeTempFolder,
  removeFolder,
  type SampleStore,
  Session,
  sweep,
  valueNamed,
  withOutputs,
} from '../runtime'
import { checkGramRequests } from './checkGramRequests'
import type { CollectOptions } from './collect'
import type { GramConfig, GramOutcome } from './gramReducer'
import { featuresOf, type GramRequest, gramBytes, groupsOf, type SkippedGram } from './gramRequest'
import { GramStore, type StoredGram } from './gramStore'
import { splitByMemory } from './splitByMemory'
import { SWEEP } from './sweepOptions'

export interface CollectGramsOptions extends CollectOptions {
  /** Rows (patches) to look at in one sample, spread over all it has; 4096 if left out. */
  readonly rowsPerSample?: number | undefined
}

const MEMORY_BYTES = 256 * 2 ** 20
const ROWS_PER_SAMPLE = 4096

/**
 * Runs the samples through a model and sums up the Gram matrices of layers' inputs. The sweeps are as many as it takes
 * to have at most `memoryBytes` of matrices in memory, and as much of activations; a matrix that is larger alone is
 * skipped, as is one whose inputs have another shape than its request says, or hold NaN or infinities. Requests for
 * the same thing under several keys are summed up once.
 * @throws OnnxpressError `BAD_ARGUMENT` when a request makes no sense or the model has no such value, `UNSUPPORTED` when
 * a value is not floating-point, `RUNTIME` when onnxruntime fails, `ABORTED`, `IO` when the disk is full.
 */
export async function collectGrams(
  model: Model,
  requests: readonly GramRequest[],
  store: SampleStore,
  options: CollectGramsOptions = {},
): Promise<GramStore> {
  const { memoryBytes = MEMORY_BYTES, rowsPerSample = ROWS_PER_SAMPLE } = options
  if (!Number.isInteger(rowsPerSample) || rowsPerSample < 1)
    throw badArgument('an integer of at least 1', 'rowsPerSample of collectGrams', rowsPerSample)
  checkGramRequests(requests)
  for (const { value } of requests) valueNamed(model.graph, value)
  const fitting = requests.filter((request) => gramBytes(request) <= memoryBytes)
  const sameAs = new Map(fitting.map((request) => [request.key, signature(request)]))
  const unique = new Map(fitting.map((request) => [signature(request), request]))
  const folder = await makeTempFolder('grams')
  try {
    const batches = await planBatches(model, [...unique.values()], store, { ...options, memoryBytes })
    const outcomes = await runBatches(model, batches, store, { ...options, rowsPerSample }, folder)
    const bySignature = new Map(outcomes.map((outcome) => [sameAs.get(outcome.key), outcome]))
    return toStore(folder, requests, (key) => bySignature.get(sameAs.get(key) ?? ''), memoryBytes)
  } catch (error) {
    await removeFolder(folder)
    throw error
  }
}

/** Equal for requests whose matrices are. */
export function signature({ key: _, ...request }: GramRequest): string {
  return JSON.stringify(Object.entries(request).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Requests that are collected in one sweep: neither their activations nor their matrices take too much memory. */
async function planBatches(
  model: Model,
  requests: readonly GramRequest[],
  store: SampleStore,
  options: CollectOptions & { readonly memoryBytes: number },
): Promise<GramRequest[][]> {
  const values = [...new Set(requests.map((request) => request.value))].map((value) => ({ value }))
  const groups = await splitByMemory(model, values, store, options)
  return groups.flatMap((group) => {
    const names = new Set(group.map(({ value }) => value))
    const members = requests.filter(({ value }) => names.has(value))
    return splitByGramBytes(members, options.memoryBytes)
  })
}

/** In order, as many requests to a group as have their matrices in that memory together, and at least one. */
export function splitByGramBytes(requests: readonly GramRequest[], memoryBytes: number): GramRequest[][] {
  const batches: GramRequest[][] = []
  let room = 0
  for (const request of requests) {
    if (gramBytes(request) > room || batches.length === 0) {
      batches.push([])
      room = memoryBytes
    }
    batches.at(-1)?.push(request)
    room -= gramBytes(request)
  }
  return batches
}

async function runBatches(
  model: Model,
  batches: readonly GramRequest[][],
  store: SampleStore,
  options: CollectOptions & { readonly rowsPerSample: number },
  folder: string,
): Promise<GramOutcome[]> {
  const { rowsPerSample } = options
  const outcomes: GramOutcome[] = []
  for (const [index, requests] of batches.entries()) {
    const onProgress = (done: number) => options.onProgress?.((index + done / store.count) / batches.length)
    const config: GramConfig = { requests, prefix: join(folder, `${index}-`), rowsPerSample }
    outcomes.push(...(await runBatch(model, config, store, { ...options, onProgress })))
  }
  return outcomes
}

async function runBatch(
  model: Model,
  config: GramConfig,
  store: SampleStore,
  { signal, onProgress, threads }: CollectOptions,
): Promise<GramOutcome[]> {
  const names = new Set(config.requests.map(({ value }) => value))
  const outputs = [...names].filter((name) => !valueNamed(model.graph, name).isGraphInput)
  const reducer = { module: compiledModule('calibrate/gramReducer'), config }
  const augmented = withOutputs(model, (graph) => outputs.map((name) => valueNamed(graph, name)))
  const sessions =
    outputs.length > 0
      ? [await Session.create(augmented, { ...SWEEP, ...(threads && { threads }) }, { signal })]
      : []
  try {
    return await sweep<GramOutcome[]>({ sessions, store, reducer, signal, onProgress })
  } finally {
    for (const session of sessions) await session.release()
  }
}

/** The matrices of all requests, those that are equal told once. */
export function toStore(
  folder: string,
  requests: readonly GramRequest[],
  outcomeOf: (key: string) => GramOutcome | undefined,
  memoryBytes: number,
): GramStore {
  const stored = new Map<string, StoredGram>()
  const skipped: SkippedGram[] = []
  for (const request of requests) {
    const { key } = request
    const outcome = outcomeOf(key)
    if (!outcome) skipped.push({ key, reason: tooLarge(request, memoryBytes) })
    else if ('reason' in outcome) skipped.push({ key, reason: outcome.reason })
    else {
      const { file, rows } = outcome
      stored.set(key, { file, rows, groups: groupsOf(request), features: featuresOf(request) })
    }
  }
  return new GramStore(folder, stored, skipped)
}

/** Why a request cannot be answered. */
export function tooLarge(request: GramRequest, memoryBytes: number): string {
  return `its Gram matrix of ${featuresOf(request)} features takes ${gramBytes(request)} bytes, more than the ${memoryBytes} of memoryBytes`
}
