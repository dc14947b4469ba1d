/** Matrix products in double. cpp/product/product.h is the contract. */
import { addon } from './addon'
import { allocate, requireFloat64, requireMatrix, settled } from './arguments'

/**
 * `A · B`, or `A · Bᵀ` with `transposed`, off by at most `(inner + 1) · 2⁻⁵³ · |A| · |B|` element by element. The result
 * does not depend on the number of threads.
 * @param a [rows, inner]
 * @param b [inner, columns], or [columns, inner] with `transposed`
 * @returns [rows, columns]
 * @throws {OnnxpressError} `BAD_ARGUMENT` for arrays of other types or sizes; `LIMIT_EXCEEDED` when memory is missing.
 */
export async function matrixProduct(
  a: Float64Array,
  b: Float64Array,
  { rows, inner, columns }: { readonly rows: number; readonly inner: number; readonly columns: number },
  { transposed = false }: { readonly transposed?: boolean | undefined } = {},
): Promise<Float64Array> {
  const where = 'matrixProduct'
  requireFloat64(a, `a of ${where}`)
  requireFloat64(b, `b of ${where}`)
  requireMatrix({ a }, rows, inner, where)
  requireMatrix({ b }, inner, columns, where)
  const c = allocate(Float64Array, rows * columns, where)
  await settled(addon().product(a, rows, inner, b, columns, Number(transposed), c), where)
  return c
}
