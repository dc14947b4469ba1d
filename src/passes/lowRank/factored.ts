/** A layer written as several: what is put into the graph, and what it loses. */
import type { GramMatrix } from '../../calibrate/gramRequest'
import { type Graph, Tensor } from '../../ir'
import { correctBias } from '../layer/bias'
import type { Layer } from '../layer/layer'
import { fromMatrix } from '../layer/weightMatrix'
import { relativeError } from './error'
import { factorize } from './factorize'
import { timesVector } from './matrix'
import { makeProblem, type Problem } from './problem'
import type { RankPoint } from './rankPoint'
import { stageTensors } from './stages'
import { writeStages } from './write'

/** Can be applied to any copy of the model. */
export interface FactoredLayer {
  readonly key: string
  readonly point: RankPoint
  readonly stages: readonly Tensor[]
  /** The weight that all stages come to together. */
  readonly whole: Tensor
  /** What to add to the bias of each output; undefined where the bias does not take part. */
  readonly correction: Float64Array | undefined
  /** Share of the variance of the layer's outputs that is lost; of its weights, where nothing is known about its inputs. */
  readonly error: number
}

/**
 * @param gram what the layer's inputs are like, if that counts
 * @throws OnnxpressError `BAD_ARGUMENT` for weights or inputs with NaN or infinities
 */
export async function factorLayer(
  layer: Layer,
  point: RankPoint,
  gram: GramMatrix | undefined,
  damping: number,
): Promise<FactoredLayer> {
  const problem = await makeProblem(layer, gram, damping)
  const factors = await factorize(problem, point.scheme, point.ranks)
  const shape = layer.weight.constant?.shape ?? []
  return {
    key: layer.key,
    point,
    stages: stageTensors(layer, factors),
    whole: Tensor.from('float32', shape, fromMatrix(layer, Float32Array.from(factors.whole))),
    correction: correctionOf(problem, factors.whole),
    error: await relativeError(problem, factors.whole),
  }
}

/** What the mean of each output loses: (W − Ŵ)·mean(x). */
function correctionOf({ weights, means }: Problem, whole: Float64Array): Float64Array | undefined {
  if (!means) return undefined
  return timesVector(
    weights.map((weight, at) => weight - (whole[at] as number)),
    means,
  )
}

/** Puts the layer's factors into a graph. */
export function writeLayer(graph: Graph, layer: Layer, { point, stages, correction }: FactoredLayer): void {
  if (correction) correctBias(graph, layer, correction)
  writeStages(graph, layer, point.scheme, stages)
}

/** Gives the layer the weight that its factors come to: other numbers, the same nodes. */
export function standIn(graph: Graph, layer: Layer, { whole, correction }: FactoredLayer): void {
  layer.weight.initializer = whole.withName(layer.weight.name)
  if (correction) correctBias(graph, layer, correction)
}
