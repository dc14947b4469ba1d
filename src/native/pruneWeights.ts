/** Pruning that looks at what a layer's inputs are like. cpp/pruning/pruning.h is the contract. */
import { types } from 'node:util'
import { badArgument } from '../errors'
import { addon } from './addon'
import { allocate, requireMatrix, requirePinned, settled } from './arguments'
import { DAMPING, dampingOf, type GramProblem, requireGramProblem } from './gramProblem'
import { encodePattern, type SparsityPattern } from './sparsity'

/** Weights to prune; exactly one of `pattern` and `mask`. */
export interface PruningProblem extends GramProblem {
  /** Where zeros may lie; which weights they take is chosen. */
  readonly pattern?: SparsityPattern | undefined
  /** [rows, columns]: 0 where a weight goes. The others are solved for. */
  readonly mask?: Uint8Array | undefined
}

export interface PruningResult {
  /** [rows, columns]; 0 where `mask` is. */
  readonly weights: Float32Array
  /** [rows, columns]: 1 where a weight is kept. */
  readonly mask: Uint8Array
  /** What was needed: as given, or raised tenfold up to three times where the matrix was too close to singular. */
  readonly damping: number
}

/**
 * Prunes weights W and moves those that stay so that the outputs change little: `tr((W − Ŵ) · gram · (W − Ŵ)ᵀ)` is
 * small over all Ŵ of the pattern. The mask is searched by the alternating direction method of multipliers, starting
 * from the optimal brain surgeon's (Hassibi and Stork 1993; Meng et al. 2024, "ALPS"), and the weights that stay are
 * solved by conjugate gradients; with a `mask` that solution alone is sought. Weights of inputs that never were used
 * go first and bear on no others. The result does not depend on the number of threads.
 * @throws {OnnxpressError} `BAD_ARGUMENT` for a pattern that the matrix cannot have, for weights or a matrix with NaN or
 * infinities, and for a matrix that is not positive definite even with a thousand times the damping; `LIMIT_EXCEEDED`
 * when memory for some copies of weights and matrix is missing.
 */
export async function pruneWeights(problem: PruningProblem): Promise<PruningResult> {
  const where = 'pruneWeights'
  requireGramProblem(problem, where)
  const { weights, rows, columns, gram, pattern, damping = DAMPING } = problem
  if ((pattern === undefined) === (problem.mask === undefined))
    throw badArgument('either a pattern or a mask', where, pattern ? 'both' : 'neither')
  const code = pattern && encodePattern(pattern, columns, where)
  const mask = givenMask(problem, where) ?? allocate(Uint8Array, rows * columns, where)
  const pruned = allocate(Float32Array, rows * columns, where)
  const out = new Float64Array(2)
  await settled(addon().pruneWeights(weights, rows, columns, gram, code, damping, mask, pruned, out), where)
  return { weights: pruned, mask, damping: dampingOf(out, 'weights and gram', where) }
}

/** A copy, with 1 for whatever is not 0. */
function givenMask({ mask, rows, columns }: PruningProblem, where: string): Uint8Array | undefined {
  if (mask === undefined) return undefined
  if (!types.isUint8Array(mask)) throw badArgument('a Uint8Array', `mask of ${where}`, mask)
  requirePinned(mask, `mask of ${where}`)
  requireMatrix({ mask }, rows, columns, where)
  return mask.map((kept) => (kept === 0 ? 0 : 1))
}
