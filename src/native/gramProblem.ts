/** Checks that the solvers on Gram matrices share. cpp/cholesky/damped.h is the contract. */
import { types } from 'node:util'
import { badArgument } from '../errors'
import { requireFloat32, requireMatrix, requirePinned } from './arguments'

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

export function requireFloat64(x: unknown, where: string): asserts x is Float64Array {
  if (!types.isFloat64Array(x)) throw badArgument('a Float64Array', where, x)
  requirePinned(x, where)
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
 * @returns the damping that was needed
 */
export function dampingOf(out: Float64Array, names: string, where: string): number {
  const [outcome, damping = 0] = out
  if (outcome === NOT_FINITE) throw badArgument('finite numbers', `${names} of ${where}`, Number.NaN)
  if (outcome === NOT_POSITIVE)
    throw badArgument('a positive semi-definite matrix', `gram of ${where}`, 'one that damping does not mend')
  return damping
}
