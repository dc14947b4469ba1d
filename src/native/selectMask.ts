/** Masks from scores. cpp/sparsity/sparsity.h is the contract. */
import { badArgument } from '../errors'
import { addon } from './addon'
import { allocate, requireFloat32, requireMatrix, settled } from './arguments'
import { encodePattern, type SparsityPattern } from './sparsity'

/**
 * Keeps the weights of the largest scores, as far as a pattern lets: of a block the sum of its scores counts, and of
 * equal scores the earlier is kept. Linear in their number; infinities are in order.
 * @param scores [rows, columns]
 * @returns [rows, columns], 1 where a weight is kept and 0 elsewhere
 * @throws {OnnxpressError} `BAD_ARGUMENT` for NaN among the scores, for blocks whose sum is none, and for a pattern that
 * such a matrix cannot have; `LIMIT_EXCEEDED` when memory is missing.
 */
export async function selectMask(
  scores: Float32Array,
  rows: number,
  columns: number,
  pattern: SparsityPattern,
): Promise<Uint8Array> {
  const where = 'selectMask'
  requireFloat32(scores, `scores of ${where}`)
  requireMatrix({ scores }, rows, columns, where)
  const code = encodePattern(pattern, columns, where)
  const mask = allocate(Uint8Array, rows * columns, where)
  const out = new Float64Array(1)
  await settled(addon().selectMask(scores, rows, columns, code, mask, out), where)
  if (out[0] !== 0) throw badArgument('numbers', `scores of ${where}`, Number.NaN)
  return mask
}
