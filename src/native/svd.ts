/** Singular value decomposition. cpp/svd/svd.h is the contract. */
import { badArgument, OnnxpressError } from '../errors'
import { addon } from './addon'
import { allocate, requireFloat64, requireMatrix, settled } from './arguments'

/** `A ≈ U · diag(s) · Vᵀ` */
export interface SvdResult {
  /** [rows, k], a column for each singular value. */
  readonly u: Float64Array
  /** [k], falling. */
  readonly s: Float64Array
  /** [columns, k] */
  readonly v: Float64Array
}

export interface SvdOptions {
  /** How many of the largest singular values are wanted, k; all, `min(rows, columns)`, if left out. */
  readonly rank?: number | undefined
  /** For the random start of a search for few values of a large matrix, an integer from 0 to 2³¹ − 1; 0 if left out. */
  readonly seed?: number | undefined
}

/**
 * Singular values and vectors of a matrix [rows, columns], in double: exact to `(rows + columns) · 2⁻⁵² · s[0]`, U and V
 * orthogonal to `(rows + columns) · 2⁻⁵²` (reflections to a bidiagonal, implicit QR: Golub and Van Loan 2013, section
 * 8.6). Of a matrix with at least 1024 rows and columns, less than an eighth of the values is found by randomized
 * subspace iteration (Halko, Martinsson and Tropp 2011): what is left of `|A|²` then exceeds the least possible by less
 * than 1%. The result does not depend on the number of threads. 512 × 512 takes about 0.1 s on two cores, 768 × 3072
 * about 0.5 s.
 * @throws {OnnxpressError} `BAD_ARGUMENT` for a matrix with NaN or infinities and a rank it does not have;
 * `LIMIT_EXCEEDED` when memory for five copies of the matrix is missing.
 */
export async function svd(
  matrix: Float64Array,
  rows: number,
  columns: number,
  options: SvdOptions = {},
): Promise<SvdResult> {
  const where = 'svd'
  requireFloat64(matrix, `matrix of ${where}`)
  requireMatrix({ matrix }, rows, columns, where)
  const { rank = Math.min(rows, columns), seed = 0 } = options
  requireInteger(rank, Math.min(rows, columns), `rank of ${where}`)
  requireInteger(seed, 2 ** 31 - 1, `seed of ${where}`)
  const make = (length: number) => allocate(Float64Array, length, where)
  const [u, s, v] = [make(rows * rank), make(rank), make(columns * rank)]
  const out = new Float64Array(1)
  await settled(addon().svd(matrix, rows, columns, rank, seed, u, s, v, out), where)
  requireDone(out, where)
  return { u, s, v }
}

/**
 * All `min(rows, columns)` singular values of a matrix [rows, columns], falling; exact to `(rows + columns) · 2⁻⁵²` of
 * the first. A third of the time that vectors take.
 * @throws {OnnxpressError} `BAD_ARGUMENT` for a matrix with NaN or infinities; `LIMIT_EXCEEDED` when memory for two
 * copies of it is missing.
 */
export async function singularValues(
  matrix: Float64Array,
  rows: number,
  columns: number,
): Promise<Float64Array> {
  const where = 'singularValues'
  requireFloat64(matrix, `matrix of ${where}`)
  requireMatrix({ matrix }, rows, columns, where)
  const s = allocate(Float64Array, Math.min(rows, columns), where)
  const out = new Float64Array(1)
  await settled(addon().singularValues(matrix, rows, columns, s, out), where)
  requireDone(out, where)
  return s
}

function requireInteger(value: number, most: number, where: string): void {
  if (!Number.isInteger(value) || value < 0 || value > most)
    throw badArgument(`an integer from 0 to ${most}`, where, value)
}

const NOT_FINITE = 1
const NOT_CONVERGED = 2

function requireDone([outcome]: Float64Array, where: string): void {
  if (outcome === NOT_FINITE) throw badArgument('finite numbers', `matrix of ${where}`, Number.NaN)
  if (outcome === NOT_CONVERGED)
    throw new OnnxpressError(
      'LIMIT_EXCEEDED',
      `Expected ${where} to converge within 30 sweeps a singular value`,
    )
}
