/** A layer for the solvers on Gram matrices, and what its changes cost. */
import { random } from './values'

export interface Layer {
  readonly weights: Float32Array
  readonly rows: number
  readonly columns: number
  readonly gram: Float64Array
  /** One a row, for rounding. */
  readonly scales: Float32Array
}

/** Weights, and the Gram matrix of inputs that share half as many causes as there are inputs. */
export function layerOf(rows: number, columns: number, seed: number): Layer {
  const next = random(seed)
  const mix = Array.from({ length: columns >> 1 || 1 }, () =>
    Array.from({ length: columns }, () => next() - 0.5),
  )
  const gram = new Float64Array(columns ** 2)
  for (let sample = 0; sample < 3 * columns; sample++) {
    const causes = mix.map(() => next() - 0.5)
    const x = Array.from({ length: columns }, (_, j) =>
      causes.reduce((sum, cause, c) => sum + cause * mix[c]![j]!, (next() - 0.5) * 0.1),
    )
    for (let i = 0; i < columns ** 2; i++) gram[i]! += x[Math.floor(i / columns)]! * x[i % columns]!
  }
  const weights = Float32Array.from({ length: rows * columns }, () => next() - 0.5)
  const scales = Float32Array.from({ length: rows }, () => 0.02 + 0.02 * next())
  return { weights, rows, columns, gram, scales }
}

/** tr((W − Ŵ) · gram · (W − Ŵ)ᵀ) */
export function costOf({ weights, rows, columns, gram }: Layer, changed: ArrayLike<number>): number {
  let total = 0
  for (let row = 0; row < rows; row++) {
    const error = Array.from(
      { length: columns },
      (_, j) => weights[row * columns + j]! - changed[row * columns + j]!,
    )
    for (let i = 0; i < columns ** 2; i++)
      total += error[Math.floor(i / columns)]! * gram[i]! * error[i % columns]!
  }
  return total
}

/** The gram with `damping` times the mean of its diagonal added to it. */
export function dampedGram({ gram, columns }: Layer, damping: number): Float64Array {
  const step = columns + 1
  const mean = gram.reduce((sum, value, i) => (i % step === 0 ? sum + value : sum), 0) / columns
  return gram.map((value, i) => (i % step === 0 ? value + damping * mean : value))
}

/** Solves a · x = b for a positive definite matrix, by Gaussian elimination. */
export function solutionOf(a: number[][], b: number[]): number[] {
  const rows = a.map((row, i) => [...row, b[i]!])
  const size = rows.length
  for (let k = 0; k < size; k++)
    for (let i = 0; i < size; i++) {
      if (i === k) continue
      const factor = rows[i]![k]! / rows[k]![k]!
      rows[i] = rows[i]!.map((value, j) => value - factor * rows[k]![j]!)
    }
  return rows.map((row, k) => row[size]! / row[k]!)
}
