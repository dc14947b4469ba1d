/** What onnxruntime makes of the finished model: what runs in int8, what does not and why, and how fast it is. */
import { OnnxpressError } from '../../errors'
import { allNodes, type Model } from '../../ir'
import { modelBytes } from '../../report/modelBytes'
import { countOperations, sortedCounts } from '../../report/modelFacts'
import type { Execution, Latency, PassReport } from '../../report/reportData'
import { optimizedModel } from '../../runtime'
import { timeModels } from '../passRuntime'
import type { SampleSource } from '../sampleSource'
import type { WatchOptions } from '../watch'
import { isInt8 } from './int8Operations'
import { layerExecutions, markLayers } from './layerExecutions'

/** onnxruntime writes the optimized graph out with its weights, and latency needs both models in memory at once. */
const LARGEST_BYTES = 2 ** 30

export interface ReadBackOptions {
  readonly source: SampleSource
  readonly passes: readonly PassReport[]
  readonly watch: WatchOptions
}

/** Reads the optimized graph back and takes the time of both models, where that is possible. */
export async function readBack(
  original: Model,
  result: Model,
  { source, passes, watch }: ReadBackOptions,
): Promise<Execution> {
  const bytes = Math.max(modelBytes(original), modelBytes(result))
  if (bytes > LARGEST_BYTES) return left(`the model takes ${bytes} bytes, more than 1 GiB`)
  try {
    const skipped = passes.flatMap((pass) => pass.skipped)
    const optimized = await optimizedModel(result, 'all', { signal: watch.signal })
    // What runs in int8 is settled at this level; the next one changes layouts only, and names with them.
    const named = await optimizedModel(markLayers(result), 'extended', { signal: watch.signal })
    const latency = await takeTime(original, result, source, watch)
    return {
      operations: countOperations(optimized),
      int8Operations: countInt8(optimized),
      layers: layerExecutions(result, named, skipped),
      ...latency,
    }
  } catch (error) {
    if (!(error instanceof OnnxpressError) || error.code === 'ABORTED') throw error
    return left(error.message)
  }
}

function left(skipped: string): Execution {
  return { skipped, operations: {}, int8Operations: {}, layers: [] }
}

function countInt8(optimized: Model): Record<string, number> {
  const counts = new Map<string, number>()
  for (const node of allNodes(optimized.graph)) {
    if (isInt8(node)) counts.set(node.opType, (counts.get(node.opType) ?? 0) + 1)
  }
  return sortedCounts(counts)
}

async function takeTime(
  original: Model,
  result: Model,
  source: SampleSource,
  watch: WatchOptions,
): Promise<{ latency: Latency } | { latencySkipped: string }> {
  try {
    const [originalSeconds = Number.NaN, resultSeconds = Number.NaN] = await source.use((store) =>
      timeModels([original, result], store, watch),
    )
    return { latency: { originalSeconds, resultSeconds, ratio: resultSeconds / originalSeconds } }
  } catch (error) {
    if (!(error instanceof OnnxpressError) || error.code === 'ABORTED') throw error
    return { latencySkipped: error.message }
  }
}
