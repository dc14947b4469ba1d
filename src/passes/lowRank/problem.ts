/** What a factorization works on: a layer's weights and how its inputs go together, in double. */
import type { GramMatrix } from '../../calibrate/gramRequest'
import { OnnxpressError } from '../../errors'
import { centeredGram, matrixProduct } from '../../native'
import { takesCorrection } from '../layer/bias'
import type { Layer } from '../layer/layer'
import { matrixShape, toMatrix } from '../layer/weightMatrix'
import { type LayerSizes, sizesOf } from './scheme'

export interface Problem {
  readonly layer: Layer
  readonly sizes: LayerSizes
  /** [rows, columns], a column for each (input channel, kernel position); see `weightMatrix.ts`. */
  readonly weights: Float64Array
  readonly rows: number
  readonly columns: number
  /**
   * Covariance of the columns [columns, columns], damped; their mean products where no bias can take the mean. Undefined
   * where only the weights count.
   */
  readonly covariance: Float64Array | undefined
  /** Means of the columns; undefined where no bias can take what they become. */
  readonly means: Float64Array | undefined
}

/** @throws OnnxpressError `BAD_ARGUMENT` for weights with NaN or infinities */
export async function makeProblem(
  layer: Layer,
  gram: GramMatrix | undefined,
  damping: number,
): Promise<Problem> {
  const { rows, columns } = matrixShape(layer)
  const weights = toMatrix(layer, (await layer.weight.constant?.load()) as Float32Array)
  if (!weights.every(Number.isFinite)) throw notFinite('weights')
  if (gram && !gram.gram.every(Number.isFinite)) throw notFinite('inputs')
  const takesMean = layer.kind !== 'convTranspose' && takesCorrection(layer)
  return {
    layer,
    sizes: sizesOf(layer),
    weights: Float64Array.from(weights),
    rows,
    columns,
    covariance: gram && damped(covarianceOf(gram, takesMean), columns, damping),
    means: gram && takesMean ? gram.means : undefined,
  }
}

/** Weights times covariance, [rows, columns]. */
export function weighted(
  { covariance, columns }: Pick<Problem, 'covariance' | 'columns'>,
  weights: Float64Array,
): Promise<Float64Array> {
  if (!covariance) return Promise.resolve(weights)
  return matrixProduct(weights, covariance, { rows: weights.length / columns, inner: columns, columns })
}

function covarianceOf(gram: GramMatrix, takesMean: boolean): Float64Array {
  return centeredGram(takesMean ? gram : { ...gram, means: new Float64Array(gram.means.length) })
}

/** Adds a share of the diagonal's mean to the diagonal; of inputs that never vary, all count the same. */
function damped(covariance: Float64Array, size: number, damping: number): Float64Array {
  let trace = 0
  for (let at = 0; at < covariance.length; at += size + 1) trace += covariance[at] as number
  const added = trace > 0 ? (damping * trace) / size : 1
  for (let at = 0; at < covariance.length; at += size + 1) covariance[at] = (covariance[at] as number) + added
  return covariance
}

function notFinite(what: string): OnnxpressError {
  return new OnnxpressError(
    'BAD_ARGUMENT',
    `Expected finite numbers for ${what} of lowRank, received NaN or infinities`,
  )
}
