/** Tables of plain text. */
import { columns, cutToFit, printable } from './printable'

/** Widest cell; what is longer is cut. */
const WIDEST = 60

/**
 * Rows under a header, columns aligned: the first to the left, those of numbers to the right.
 * @param indent put before each line
 */
export function textTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  indent = '  ',
): string {
  const all = [header, ...rows].map((row) => row.map((cell) => cutToFit(printable(cell), WIDEST)))
  const widths = header.map((_, index) => Math.max(...all.map((row) => columns(row[index] ?? ''))))
  const rights = header.map((_, index) => index > 0 && rows.every((row) => isNumeric(row[index] ?? '')))
  return all
    .map((row) =>
      `${indent}${row.map((cell, index) => pad(cell, widths[index] ?? 0, rights[index])).join('  ')}`.trimEnd(),
    )
    .join('\n')
}

function pad(cell: string, width: number, toTheRight = false): string {
  const space = ' '.repeat(Math.max(0, width - columns(cell)))
  return toTheRight ? space + cell : cell + space
}

function isNumeric(cell: string): boolean {
  return /^([-−+]?[\d.,]+ ?(%|×|dB|ms|[kMGT]?B)?|–|equal|)$/.test(cell)
}
