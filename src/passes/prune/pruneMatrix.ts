/** One matrix of weights [rows, columns] made sparse. */
import { pruneWeights, type SparsityPattern, selectMask } from '../../native'
import type { Inputs } from './columns'
import type { MaskScore } from './maskOptions'

/** How masks are chosen and what the weights that stay do about it. */
export interface How {
  readonly pattern: SparsityPattern
  readonly score: MaskScore
  readonly reconstruct: boolean
  readonly damping: number | undefined
}

export interface SparseMatrix {
  readonly weights: Float32Array
  /** 1 where a weight stays, 0 where it became zero. */
  readonly mask: Uint8Array
}

/**
 * @param inputs undefined where nothing is known about them: weights are then chosen by magnitude
 * @throws OnnxpressError `BAD_ARGUMENT` for weights or inputs with NaN or infinities
 */
export async function pruneMatrix(
  weights: Float32Array,
  columns: number,
  inputs: Inputs | undefined,
  { pattern, score, reconstruct, damping }: How,
): Promise<SparseMatrix> {
  const rows = weights.length / columns
  const problem = inputs && { weights, rows, columns, gram: inputs.covariance, damping }
  if (problem && score === 'obs') {
    const pruned = await pruneWeights({ ...problem, pattern })
    return reconstruct ? pruned : { weights: masked(weights, pruned.mask), mask: pruned.mask }
  }
  const isByOutput = inputs !== undefined && score === 'wanda' && pattern.kind === 'unstructured'
  const scores = inputs && score === 'wanda' ? timesInputs(weights, columns, inputs) : weights.map(Math.abs)
  const mask = await selectMask(
    scores,
    rows,
    columns,
    isByOutput ? byOutput(columns, pattern.ratio) : pattern,
  )
  if (problem && reconstruct) return pruneWeights({ ...problem, mask })
  return { weights: masked(weights, mask), mask }
}

/** Wanda compares the weights of one output with each other: a row is one group. */
function byOutput(columns: number, ratio: number): SparsityPattern {
  return { kind: 'nOfM', n: columns - Math.floor(ratio * columns), m: columns }
}

/** |w| · √mean(x²) */
function timesInputs(weights: Float32Array, columns: number, { covariance, means }: Inputs): Float32Array {
  const norms = means.map((mean, column) =>
    Math.sqrt((covariance[column * (columns + 1)] as number) + mean * mean),
  )
  return weights.map((weight, at) => Math.abs(weight) * (norms[at % columns] as number))
}

export function masked(weights: Float32Array, mask: Uint8Array): Float32Array {
  return weights.map((weight, at) => (mask[at] ? weight : 0))
}
