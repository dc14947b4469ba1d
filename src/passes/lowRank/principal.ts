/**
 * The directions of a matrix's outputs in which most happens. With W[rows, columns] and the covariance C = L·Lᵀ of what it
 * is multiplied with, |W·L|² is the variance of the outputs, and of all W' of rank r, W' = U·Uᵀ·W leaves the least of it,
 * where U holds the first r left singular vectors of W·L (Eckart and Young 1936; for activations: Zhang et al. 2016,
 * "Accelerating Very Deep Convolutional Networks for Classification and Detection", §3.1).
 */
import { cholesky, matrixProduct, singularValues, svd } from '../../native'
import { scaleColumns, scaleRows, transposed } from './matrix'

export interface Weighing {
  readonly matrix: Float64Array
  readonly rows: number
  readonly columns: number
  /** [columns, columns], positive definite; undefined stands for the identity. */
  readonly covariance: Float64Array | undefined
}

/** Variances along the directions, falling: what is lost with a rank is the sum of those behind it. */
export async function energies(weighing: Weighing): Promise<Float64Array> {
  const { rows, columns } = weighing
  const values = await singularValues(await scaled(weighing), rows, columns)
  return values.map((value) => value * value)
}

/** Two factors with W ≈ `after` · `before`. */
export interface FactorPair {
  /** [rows, rank] */
  readonly after: Float64Array
  /** [rank, columns] */
  readonly before: Float64Array
}

/**
 * The best two factors of that rank. What lies between them spreads by the square root of what it says: had one factor
 * all of the scale, the channels between would differ a thousandfold, or the columns behind them, and 8 bits would not do
 * for them later.
 */
export async function principalFactors(weighing: Weighing, rank: number): Promise<FactorPair> {
  const { matrix, rows, columns } = weighing
  const { u, s } = await svd(await scaled(weighing), rows, columns, { rank })
  const projected = await matrixProduct(transposed(u, rows, rank), matrix, {
    rows: rank,
    inner: rows,
    columns,
  })
  const spreads = s.map((value) => (value > 0 ? Math.sqrt(value) : 1))
  return {
    after: scaleColumns(u, rows, spreads),
    before: scaleRows(
      projected,
      spreads.map((spread) => 1 / spread),
    ),
  }
}

/** W·L */
async function scaled({ matrix, rows, columns, covariance }: Weighing): Promise<Float64Array> {
  if (!covariance) return matrix
  // Damped as it should be before; this is for what is still singular in double.
  const { factor } = await cholesky(covariance, columns, { damping: 1e-9 })
  return matrixProduct(matrix, factor, { rows, inner: columns, columns })
}
