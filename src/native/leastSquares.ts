/** Weights for inputs of which some are gone. cpp/pruning/leastSquares.h is the contract. */
import { types } from 'node:util'
import { badArgument } from '../errors'
import { addon } from './addon'
import { allocate, requirePinned, settled } from './arguments'
import { DAMPING, dampingOf, type GramProblem, requireGramProblem } from './gramProblem'

/** Weights of a layer that loses inputs. */
export interface LeastSquaresProblem extends GramProblem {
  /** Columns that stay, rising. */
  readonly kept: Int32Array
}

export interface LeastSquaresResult {
  /** [rows, kept.length] */
  readonly weights: Float32Array
  /** What was needed: as given, or raised tenfold up to three times where the matrix was too close to singular. */
  readonly damping: number
}

/**
 * Fits a layer's weights W to the inputs K that stay, so that its outputs come closest to those of before. With R the
 * inputs that go and G the Gram matrix, `Ŵ = W[:, K] + W[:, R] · G[R, K] · (G[K, K] + damping · mean(diag) · I)⁻¹`:
 * the least of `tr((W − Ŵ) · G · (W − Ŵ)ᵀ)` plus the damping of `|W[:, K] − Ŵ|²`, so that where nothing goes nothing
 * changes. The result does not depend on the number of threads.
 * @throws {OnnxpressError} `BAD_ARGUMENT` for columns that are not rising or not there, for weights or a matrix with NaN
 * or infinities, and for a matrix that is not positive definite even with a thousand times the damping;
 * `LIMIT_EXCEEDED` when memory for a copy of it is missing.
 */
export async function leastSquares(problem: LeastSquaresProblem): Promise<LeastSquaresResult> {
  const where = 'leastSquares'
  requireGramProblem(problem, where)
  const { weights, rows, columns, gram, kept, damping = DAMPING } = problem
  requireRising(kept, columns, `kept of ${where}`)
  const refitted = allocate(Float32Array, rows * kept.length, where)
  const out = new Float64Array(2)
  await settled(addon().leastSquares(weights, rows, columns, gram, kept, damping, refitted, out), where)
  return { weights: refitted, damping: dampingOf(out, 'weights and gram', where) }
}

function requireRising(kept: Int32Array, columns: number, where: string): void {
  if (!types.isInt32Array(kept)) throw badArgument('an Int32Array', where, kept)
  requirePinned(kept, where)
  const wrong = kept.find((column, i) => column < 0 || column >= columns || column <= (kept[i - 1] ?? -1))
  if (wrong !== undefined) throw badArgument(`rising integers from 0 to ${columns - 1}`, where, wrong)
}
