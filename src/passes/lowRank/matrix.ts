/** Small things done to matrices in double, row by row. */

/** [rows, columns] to [columns, rows]. */
export function transposed(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(matrix.length)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = matrix[row * columns + column] as number
  }
  return result
}

/** Each row times its number. */
export function scaleRows(matrix: Float64Array, scales: Float64Array): Float64Array {
  const columns = matrix.length / scales.length
  return matrix.map((value, at) => value * (scales[Math.floor(at / columns)] as number))
}

/** Each column times its number. */
export function scaleColumns(matrix: Float64Array, rows: number, scales: Float64Array): Float64Array {
  const columns = matrix.length / rows
  return matrix.map((value, at) => value * (scales[at % columns] as number))
}

/** Matrix times vector. */
export function timesVector(matrix: Float64Array, vector: Float64Array): Float64Array {
  const columns = vector.length
  return Float64Array.from({ length: matrix.length / columns }, (_, row) => {
    let sum = 0
    for (let column = 0, at = row * columns; column < columns; column++, at++)
      sum += (matrix[at] as number) * (vector[column] as number)
    return sum
  })
}

/** tr(A·Bᵀ), for matrices of the same shape. */
export function innerProduct(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[at] as number)
  return sum
}
