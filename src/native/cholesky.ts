/** Cholesky factors and what is solved with them. cpp/cholesky/damped.h and triangular.h are the contract. */
import { addon } from './addon'
import { allocate, requireFloat64, requireMatrix, settled } from './arguments'
import { DAMPING, dampingOf, requireDamping } from './gramProblem'

export interface CholeskyResult {
  /** [size, size]: lower triangular L, zeros above its diagonal, which is positive. */
  readonly factor: Float64Array
  /** What was needed: as given, or raised tenfold up to three times where the matrix was too close to singular. */
  readonly damping: number
}

/**
 * Factors a Gram matrix or covariance: `G + damping · mean(diag) · I = L · Lᵀ`. A row and column of zeros is a feature
 * that was never used; without damping it gets 1 on the diagonal.
 * @param matrix [size, size]; only its lower triangle is read
 * @param options.damping share of the diagonal's mean that is added to the diagonal; 0.01 if left out
 * @throws {OnnxpressError} `BAD_ARGUMENT` for NaN and infinities, and for a matrix that is not positive definite even
 * with a thousand times the damping; `LIMIT_EXCEEDED` when memory is missing.
 */
export async function cholesky(
  matrix: Float64Array,
  size: number,
  { damping = DAMPING }: { readonly damping?: number | undefined } = {},
): Promise<CholeskyResult> {
  const where = 'cholesky'
  requireFloat64(matrix, `matrix of ${where}`)
  requireMatrix({ matrix }, size, size, where)
  requireDamping(damping, where)
  const factor = allocate(Float64Array, size * size, where)
  const out = new Float64Array(2)
  await settled(addon().cholesky(matrix, size, damping, factor, out), where)
  return { factor, damping: dampingOf(out, ['matrix'], where) }
}

/**
 * `Z · L⁻¹`, or `Z · L⁻ᵀ` with `transposed`: what takes a factor of `W · L` back to W. Each row z̃ of the result solves
 * `z̃ · (L + ΔL) = z` with `|ΔL| ≤ (size + 1) · 2⁻⁵³ · |L|`.
 * @param z [rows, size]
 * @param factor [size, size], lower triangular; what stands above the diagonal is not read
 * @throws {OnnxpressError} `BAD_ARGUMENT` for arrays of other types or sizes; `LIMIT_EXCEEDED` when memory is missing.
 */
export async function solveTriangular(
  z: Float64Array,
  factor: Float64Array,
  size: number,
  { transposed = false }: { readonly transposed?: boolean | undefined } = {},
): Promise<Float64Array> {
  const where = 'solveTriangular'
  requireFloat64(z, `z of ${where}`)
  requireFloat64(factor, `factor of ${where}`)
  requireMatrix({ factor }, size, size, where)
  const rows = size === 0 ? 0 : z.length / size
  requireMatrix({ z }, rows, size, where)
  const x = allocate(Float64Array, z.length, where)
  x.set(z)
  await settled(addon().solveTriangular(factor, size, rows, Number(transposed), x), where)
  return x
}
