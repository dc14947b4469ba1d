/**
 * Gram matrices of layers' inputs, each layer seeing what the layers before it produce as they are by then: what
 * one-shot reconstruction works on (Frantar and Alistarh 2023, "SparseGPT: Massive Language Models Can Be Accurately
 * Pruned in One-Shot", §3.4). The model runs once, stage by stage; what later stages read waits on disk.
 */
import { badArgument, OnnxpressError } from '../../errors'
import { type Model, type ValueType, valuesRead } from '../../ir'
import { inferTypes, makeTempFolder, removeFolder, type SampleStore, valueNamed } from '../../runtime'
import { checkGramRequests } from '../checkGramRequests'
import type { CollectOptions } from '../collect'
import type { GramMatrix, GramRequest } from '../gramRequest'
import { StagedRun } from './stagedRun'
import { planStages } from './stages'

/** What became of a request. */
export type SequentialGram =
  | { readonly key: string; readonly gram: GramMatrix }
  | { readonly key: string; readonly reason: string }

export interface SequentialGramsOptions extends CollectOptions {
  /** Rows (patches) to look at for each feature, over all samples; 16 if left out. Never more than 4096 a sample. */
  readonly rowsPerFeature?: number | undefined
}

/**
 * Gives the matrices of a model's layers in the order in which the model computes them. A request's key is the name of
 * an output of the layer's node. Before asking for the next matrix, the caller may give the layer other weights and
 * biases, which then bear on the inputs of those behind it; nodes must stay as they are. At most `memoryBytes` of
 * matrices are in memory, or one.
 * @throws OnnxpressError `BAD_ARGUMENT` when a request makes no sense or its key is no output of a node that reads its
 * value, `UNSUPPORTED` when a value is not floating-point, `RUNTIME` when onnxruntime fails, `ABORTED`, `IO`.
 */
export async function* sequentialGrams(
  model: Model,
  requests: readonly GramRequest[],
  store: SampleStore,
  options: SequentialGramsOptions = {},
): AsyncGenerator<SequentialGram, void, undefined> {
  checkGramRequests(requests)
  for (const request of requests) requireBarrier(model, request)
  const types = await typesOf(model, options)
  const stages = planStages(model.graph, requests, (value) => types.has(value.name))
  const folder = await makeTempFolder('stages')
  try {
    const run = new StagedRun(model, store, { ...options, types, folder })
    for (const [index, stage] of stages.entries())
      yield* run.stage(stage, (ratio) => options.onProgress?.((index + ratio) / stages.length))
  } finally {
    await removeFolder(folder)
  }
}

function requireBarrier({ graph }: Model, { key, value }: GramRequest): void {
  const node = valueNamed(graph, key).producer
  const read = valueNamed(graph, value)
  if (!node || ![...valuesRead(node)].includes(read))
    throw badArgument(
      `the name of an output of a node that reads ${JSON.stringify(value)}`,
      'key of sequentialGrams',
      key,
    )
}

/** Types of what can be handed from stage to stage. Where inference stumbles nothing can, and all is run again. */
async function typesOf(model: Model, { signal }: CollectOptions): Promise<ReadonlyMap<string, ValueType>> {
  try {
    const types = await inferTypes(model, { signal })
    return new Map([...types].flatMap(([name, type]) => (type.kind === 'tensor' ? [[name, type]] : [])))
  } catch (error) {
    if (error instanceof OnnxpressError && (error.code === 'RUNTIME' || error.code === 'UNSUPPORTED'))
      return new Map()
    throw error
  }
}
