/** Where a copy puts the rows of a value of items, rows and columns. */
import type { CopyAxis } from '../plan/copy'

export interface Rows {
  readonly items: number
  readonly rows: number
  readonly columns: number
}

/** Number of axes that rows lie in, their sizes, and how far apart rows are along each: as they are computed. */
export function denseRows({ items, rows, columns }: Rows): number[] {
  return [2, items, rows, rows * columns, columns]
}

/** The same where a copy puts them; undefined where it tears rows apart, or those of an item unevenly. */
export function copiedRows(axes: readonly CopyAxis[], { items, rows, columns }: Rows): number[] | undefined {
  const cut = [columns, rows * columns].reduce(cutAt, [...axes]).sort((a, b) => b.from - a.from)
  const isDense = cut.every(({ size, from }, axis) => {
    const outer = cut[axis - 1]
    return outer ? outer.from === size * from : size * from === items * rows * columns
  })
  if (!isDense || cut.at(-1)?.from !== 1) return undefined
  const [outer, ofItem, inner] = [
    cut.filter(({ from }) => from >= rows * columns),
    cut.filter(({ from }) => from >= columns && from < rows * columns),
    cut.filter(({ from }) => from < columns),
  ]
  const isWhole = inner.every(({ size }) => size === columns) && ofItem.every(({ size }) => size === rows)
  if (!isWhole || inner.some(({ to }) => to !== 1)) return undefined
  const all = [...outer, ofItem[0] ?? { size: 1, to: 0 }]
  return [all.length, ...all.map(({ size }) => size), ...all.map(({ to }) => to)]
}

/** The same axes, cut in two where one goes on beyond element `at`. */
function cutAt(axes: readonly CopyAxis[], at: number): CopyAxis[] {
  return axes.flatMap((axis) => {
    const { size, from, to } = axis
    const inside = at / from
    if (inside <= 1 || inside >= size || !Number.isInteger(inside) || size % inside !== 0) return [axis]
    return [
      { size: size / inside, from: at, to: to * inside },
      { size: inside, from, to },
    ]
  })
}
