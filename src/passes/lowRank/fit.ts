/** Least squares for what follows a fixed first stage. */
import { cholesky, matrixProduct, solveTriangular } from '../../native'
import { type Problem, weighted } from './problem'

/** A first stage T[features, columns] that turns a layer's inputs x into T·x. */
export interface FirstStage {
  readonly stage: Float64Array
  readonly features: number
}

export interface Fitted {
  /** [rows, features]: A with the least tr((W − A·T)·C·(W − A·T)ᵀ). */
  readonly weights: Float64Array
  /** T·C·Tᵀ, [features, features]. */
  readonly covariance: Float64Array
}

/** What is best done with T·x instead of x: A = W·C·Tᵀ·(T·C·Tᵀ)⁻¹. */
export async function fitBehind(problem: Problem, { stage, features }: FirstStage): Promise<Fitted> {
  const { weights, rows, columns } = problem
  const scaled = await weighted(problem, stage)
  const covariance = await matrixProduct(
    scaled,
    stage,
    { rows: features, inner: columns, columns: features },
    { transposed: true },
  )
  const cross = await matrixProduct(
    weights,
    scaled,
    { rows, inner: columns, columns: features },
    { transposed: true },
  )
  const { factor } = await cholesky(covariance, features, { damping: 1e-9 })
  const half = await solveTriangular(cross, factor, features, { transposed: true })
  return { weights: await solveTriangular(half, factor, features), covariance }
}
