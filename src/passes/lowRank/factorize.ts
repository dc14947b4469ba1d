/** A layer's weights written as a product, by each scheme. */
import { matrixProduct } from '../../native'
import { fitBehind } from './fit'
import { principalFactors } from './principal'
import type { Problem } from './problem'
import { product, type SchemeKind } from './scheme'
import { type Split, unfold, unrolled } from './unfold'

/** Weights of the layers that take the place of one, in the order in which they run. */
export interface Factors {
  readonly scheme: SchemeKind
  readonly ranks: readonly number[]
  /** Each [outputs, inputs · kernel positions]. */
  readonly stages: readonly Float64Array[]
  /** What they come to together, [rows, columns] as the layer's own. */
  readonly whole: Float64Array
}

export function factorize(problem: Problem, scheme: SchemeKind, ranks: readonly number[]): Promise<Factors> {
  const [first = 1, second = 1] = ranks
  if (scheme === 'pair') return asPair(problem, first)
  return scheme === 'spatial' ? asSpatial(problem, first) : asTucker(problem, first, second)
}

export function splitOf({ sizes: { kernel } }: Pick<Problem, 'sizes'>, scheme: SchemeKind): Split {
  const [down = 1, across = 1] = kernel
  return scheme === 'spatial' ? { kept: down, left: across } : { kept: 1, left: product(kernel) }
}

async function asPair({ weights, rows, columns, covariance }: Problem, rank: number): Promise<Factors> {
  const { before, after } = await principalFactors({ matrix: weights, rows, columns, covariance }, rank)
  const whole = await matrixProduct(after, before, { rows, inner: rank, columns })
  return { scheme: 'pair', ranks: [rank], stages: [before, after], whole }
}

/** The first stage comes from an approximation of what it meets, the second then makes the best of it. */
async function asSpatial(problem: Problem, rank: number): Promise<Factors> {
  const { rows, columns } = problem
  const split = splitOf(problem, 'spatial')
  const { before } = await principalFactors(unfold(problem, split), rank)
  const first = unrolled(before, rank, split)
  const { weights: after } = await fitBehind(problem, first)
  const whole = await matrixProduct(after, first.stage, { rows, inner: first.features, columns })
  return { scheme: 'spatial', ranks: [rank], stages: [before, after], whole }
}

/** As spatial, and what comes second is a pair. */
async function asTucker(problem: Problem, input: number, output: number): Promise<Factors> {
  const { rows, columns } = problem
  const split = splitOf(problem, 'tucker')
  const { before } = await principalFactors(unfold(problem, split), input)
  const first = unrolled(before, input, split)
  const { weights: matrix, covariance } = await fitBehind(problem, first)
  const rest = await principalFactors({ matrix, rows, columns: first.features, covariance }, output)
  const behind = await matrixProduct(rest.after, rest.before, {
    rows,
    inner: output,
    columns: first.features,
  })
  const whole = await matrixProduct(behind, first.stage, { rows, inner: first.features, columns })
  return { scheme: 'tucker', ranks: [input, output], stages: [before, rest.before, rest.after], whole }
}
