/** What weights make of inputs of which the Gram matrix is known. cpp/gram/norms.h is the contract. */
import { addon } from './addon'
import { allocate, requireFloat32, requireFloat64, requireMatrix, settled } from './arguments'

/**
 * x · gram · xᵀ for each row of x[rows, columns]: with the covariance of a layer's inputs, the variance of the output
 * that this row of weights makes of them. Of gram[columns, columns] only the lower triangle is read. In double; the same
 * bits for any number of threads.
 * @throws {OnnxpressError} `BAD_ARGUMENT`
 */
export async function gramNorms(
  x: Float32Array,
  rows: number,
  columns: number,
  gram: Float64Array,
): Promise<Float64Array> {
  const where = 'gramNorms'
  requireFloat32(x, `x of ${where}`)
  requireFloat64(gram, `gram of ${where}`)
  requireMatrix({ x }, rows, columns, where)
  requireMatrix({ gram }, columns, columns, where)
  const norms = allocate(Float64Array, rows, where)
  await settled(addon().gramNorms(x, rows, columns, gram, norms), where)
  return norms
}
