/** Rounding of weights that looks at what a layer's inputs are like. cpp/rounding/rounding.h is the contract. */
import { types } from 'node:util'
import { badArgument } from '../errors'
import { addon } from './addon'
import { allocate, requireFloat32, requirePinned, settled } from './arguments'

/** Weights to round, and what they are multiplied with. */
export interface RoundingProblem {
  /** [rows, columns], a row for each output; finite. */
  readonly weights: Float32Array
  readonly rows: number
  readonly columns: number
  /** [columns, columns]: Gram matrix or covariance of the inputs, in any scale. Only its lower triangle is read. */
  readonly gram: Float64Array
  /** A step size for each row, finite and above 0. */
  readonly scales: Float32Array
  readonly qmin: number
  readonly qmax: number
  /** Share of the diagonal's mean that is added to the diagonal; 0.01 if left out. */
  readonly damping?: number | undefined
}

export interface RoundingResult {
  /** [rows, columns]; `weights ≈ scale · quantized`. */
  readonly quantized: Int8Array
  /** What was needed: as given, or raised tenfold up to three times where the matrix was too close to singular. */
  readonly damping: number
}

const NOT_FINITE = 1
const NOT_POSITIVE = 2

/**
 * Rounds each row w to the integers q, `qmin` to `qmax`, that keep `(w − s·q) · gram · (w − s·q)ᵀ` small: columns one
 * after the other, those of the largest diagonal first, each taking over what it can of the errors before it (Frantar et
 * al. 2023, "GPTQ"; Chee et al. 2023, "QuIP"). Columns that no input ever used are rounded to nearest. The result does
 * not depend on the number of threads.
 * @throws {OnnxpressError} `BAD_ARGUMENT` for weights or a matrix with NaN or infinities, and for a matrix that is not
 * positive definite even with a thousand times the damping; `LIMIT_EXCEEDED` when memory for a copy of it is missing.
 */
export async function roundWeights(problem: RoundingProblem): Promise<RoundingResult> {
  const where = 'roundWeights'
  requireSizes(problem)
  requireStep(problem)
  const { weights, rows, columns, gram, scales, qmin, qmax, damping = 0.01 } = problem
  const quantized = allocate(Int8Array, rows * columns, where)
  const out = new Float64Array(2)
  await settled(
    addon().roundWeights(weights, rows, columns, gram, scales, qmin, qmax, damping, quantized, out),
    where,
  )
  const [outcome, used = damping] = out
  if (outcome === NOT_FINITE) throw badArgument('finite numbers', `weights and gram of ${where}`, Number.NaN)
  if (outcome === NOT_POSITIVE)
    throw badArgument('a positive semi-definite matrix', `gram of ${where}`, 'one that damping does not mend')
  return { quantized, damping: used }
}

function requireSizes({ weights, rows, columns, gram, scales }: RoundingProblem): void {
  requireFloat32(weights, 'weights of roundWeights')
  requireFloat32(scales, 'scales of roundWeights')
  if (!types.isFloat64Array(gram)) throw badArgument('a Float64Array', 'gram of roundWeights', gram)
  requirePinned(gram, 'gram of roundWeights')
  for (const [name, value] of Object.entries({ rows, columns })) {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** 31)
      throw badArgument('an integer of at least 0', `${name} of roundWeights`, value)
  }
  const lengths = { weights: rows * columns, gram: columns * columns, scales: rows }
  for (const [name, array] of Object.entries({ weights, gram, scales })) {
    const wanted = lengths[name as keyof typeof lengths]
    if (array.length !== wanted)
      throw badArgument(`${wanted} elements`, `${name} of roundWeights`, array.length)
  }
}

function requireStep({ scales, qmin, qmax, damping = 0.01 }: RoundingProblem): void {
  const wrong = scales.find((scale) => !(scale > 0 && Number.isFinite(scale)))
  if (wrong !== undefined) throw badArgument('finite numbers above 0', 'scales of roundWeights', wrong)
  for (const [name, value, least] of [
    ['qmin', qmin, -128],
    ['qmax', qmax, qmin],
  ] as const) {
    if (!Number.isInteger(value) || value < least || value > 127)
      throw badArgument(`an integer from ${least} to 127`, `${name} of roundWeights`, value)
  }
  if (!(damping >= 0 && Number.isFinite(damping)))
    throw badArgument('a finite number of at least 0', 'damping of roundWeights', damping)
}
