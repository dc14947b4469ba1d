/** Checks that the solvers on Gram matrices share. cpp/cholesky/damped.h is the contract. */
import { badArgument } from '../errors'
import { requireFloat32, requireFloat64, requireMatrix } from './arguments'

/** Weights, and what they are multiplied with. */
export interface GramProblem {
  /** [rows, columns], a row for each output; finite. */
  readonly weights: Float32Array
  readonly rows: number
  readonly columns: number
  /** [columns, columns]: Gram matrix or covariance of the inputs, in any scale. Only its lower triangle is read. */
  readonly gram: Float64Array
  /** Share of the diagonal's mean that is added to the diagonal; 0.01 if left out. */
  readonly damping?: number | undefined
}

export const DAMPING = 0.01

export function requireGramProblem(problem: GramProblem, where: string): void {
  const { weights, rows, columns, gram, damping } = problem
  requireFloat32(weights, `weights of ${where}`)
  requireFloat64(gram, `gram of ${where}`)
  requireMatrix({ weights }, rows, columns, where)
  requireMatrix({ gram }, columns, columns, where)
  requireDamping(damping, where)
}

export function requireDamping(damping: number | undefined, where: string): void {
  if (damping !== undefined && !(damping >= 0 && Number.isFinite(damping)))
    throw badArgument('a finite number of at least 0', `damping of ${where}`, damping)
}

const NOT_FINITE = 1
const NOT_POSITIVE = 2

/**
 * What native code says of a problem, as an error where it is one.
 * @param out outcome and damping
 * @param names of the arrays that must be finite, the matrix last
 * @returns the damping that was needed
 */
export function dampingOf(out: Float64Array, names: readonly string[], where: string): number {
  const [outcome, damping = 0] = out
  if (outcome === NOT_FINITE)
    throw badArgument('finite numbers', `${names.join(' and ')} of ${where}`, Number.NaN)
  if (outcome === NOT_POSITIVE) {
    const received = 'one that damping does not mend'
    throw badArgument('a positive semi-definite matrix', `${names.at(-1)} of ${where}`, received)
  }
  return damping
}
