/** Which weights of a matrix may be left: patterns that hardware or file formats make use of. */
import { badArgument } from '../errors'

export type SparsityPattern =
  /** Zeros anywhere: `floor(ratio · weights)` of the whole matrix. */
  | { readonly kind: 'unstructured'; readonly ratio: number }
  /** Of each `m` consecutive weights of a row at most `n` are not zero; `m` divides the row. */
  | { readonly kind: 'nOfM'; readonly n: number; readonly m: number }
  /**
   * Blocks that are zero or not as a whole, `floor(ratio · blocks)` of them. Those at the lower and right edge may be
   * smaller.
   */
  | { readonly kind: 'block'; readonly rows: number; readonly columns: number; readonly ratio: number }

/** What the addon takes: kind (0 blocks, 1 n of m), rows, columns, ratio, kept. */
export type PatternCode = Float64Array

/** @throws {OnnxpressError} `BAD_ARGUMENT` when a matrix of so many columns cannot have such a pattern. */
export function encodePattern(pattern: SparsityPattern, columns: number, where: string): PatternCode {
  switch (pattern?.kind) {
    case 'unstructured':
      return Float64Array.of(0, 1, 1, requireRatio(pattern.ratio, where), 1)
    case 'block': {
      const rows = requireSize(pattern.rows, `rows of a block of ${where}`)
      const wide = requireSize(pattern.columns, `columns of a block of ${where}`)
      return Float64Array.of(0, rows, wide, requireRatio(pattern.ratio, where), 1)
    }
    case 'nOfM': {
      const m = requireSize(pattern.m, `m of ${where}`)
      const n = requireSize(pattern.n, `n of ${where}`)
      if (n > m) throw badArgument(`at most m = ${m}`, `n of ${where}`, n)
      if (columns % m !== 0) throw badArgument(`a divisor of ${columns} columns`, `m of ${where}`, m)
      return Float64Array.of(1, 1, m, 0, n)
    }
    default:
      throw badArgument("a pattern of the kind 'unstructured', 'nOfM' or 'block'", where, pattern)
  }
}

function requireRatio(ratio: number, where: string): number {
  if (!(ratio >= 0 && ratio <= 1)) throw badArgument('a number from 0 to 1', `ratio of ${where}`, ratio)
  return ratio
}

function requireSize(size: number, where: string): number {
  if (!Number.isInteger(size) || size < 1 || size >= 2 ** 31)
    throw badArgument('an integer of at least 1', where, size)
  return size
}
