/** Rounding of weights that looks at what a layer's inputs are like. cpp/rounding/rounding.h is the contract. */
import { badArgument } from '../errors'
import { addon } from './addon'
import { allocate, requireFloat32, requireMatrix, settled } from './arguments'
import { DAMPING, dampingOf, type GramProblem, requireGramProblem } from './gramProblem'

/** Weights to round, and what they are multiplied with. */
export interface RoundingProblem extends GramProblem {
  /** A step size for each row, finite and above 0. */
  readonly scales: Float32Array
  readonly qmin: number
  readonly qmax: number
}

export interface RoundingResult {
  /** [rows, columns]; `weights ≈ scale · quantized`. */
  readonly quantized: Int8Array
  /** What was needed: as given, or raised tenfold up to three times where the matrix was too close to singular. */
  readonly damping: number
}

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
  requireGramProblem(problem, where)
  requireFloat32(problem.scales, `scales of ${where}`)
  requireMatrix({ scales: problem.scales }, problem.rows, 1, where)
  requireStep(problem)
  const { weights, rows, columns, gram, scales, qmin, qmax, damping = DAMPING } = problem
  const quantized = allocate(Int8Array, rows * columns, where)
  const out = new Float64Array(2)
  await settled(
    addon().roundWeights(weights, rows, columns, gram, scales, qmin, qmax, damping, quantized, out),
    where,
  )
  return { quantized, damping: dampingOf(out, 'weights and gram', where) }
}

function requireStep({ scales, qmin, qmax }: RoundingProblem): void {
  const wrong = scales.find((scale) => !(scale > 0 && Number.isFinite(scale)))
  if (wrong !== undefined) throw badArgument('finite numbers above 0', 'scales of roundWeights', wrong)
  for (const [name, value, least] of [
    ['qmin', qmin, -128],
    ['qmax', qmax, qmin],
  ] as const) {
    if (!Number.isInteger(value) || value < least || value > 127)
      throw badArgument(`an integer from ${least} to 127`, `${name} of roundWeights`, value)
  }
}
