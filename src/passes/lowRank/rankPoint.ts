/** What a layer loses and costs over its ranks. */
import type { Layer } from '../layer/layer'
import { splitOf } from './factorize'
import { energies } from './principal'
import type { Problem } from './problem'
import { type Cost, denseCost, factoredCost, fullRanks, type Positions, type SchemeKind } from './scheme'
import { unfold } from './unfold'

/** One way to write a layer as several. */
export interface RankPoint extends Cost {
  readonly scheme: SchemeKind
  readonly ranks: readonly number[]
  /** Share of the variance of the layer's outputs that is lost, as far as the spectrum tells; at most 1. */
  readonly error: number
}

/** A layer's loss over the ranks of one scheme: rank r loses `tails[i][r]` on the side of its i-th rank. */
export interface Spectrum {
  readonly scheme: SchemeKind
  readonly tails: readonly Float64Array[]
}

/** Spectra by scheme; a pair's tells the loss exactly, the others' are bounds before later stages make up for it. */
export async function spectraOf(problem: Problem, schemes: readonly SchemeKind[]): Promise<Spectrum[]> {
  const { weights: matrix, rows, columns, covariance } = problem
  const whole = tailsOf(await energies({ matrix, rows, columns, covariance }))
  const spectra: Spectrum[] = []
  for (const scheme of schemes) {
    if (scheme === 'pair') spectra.push({ scheme, tails: [whole] })
    else {
      const unfolded = tailsOf(await energies(unfold(problem, splitOf(problem, scheme))))
      spectra.push({ scheme, tails: scheme === 'tucker' ? [unfolded, whole] : [unfolded] })
    }
  }
  return spectra
}

/** tails[r]: share of the whole behind the first r. */
function tailsOf(energies: Float64Array): Float64Array {
  const tails = new Float64Array(energies.length + 1)
  for (let rank = energies.length - 1; rank >= 0; rank--)
    tails[rank] = (tails[rank + 1] as number) + (energies[rank] as number)
  const total = tails[0] as number
  return total > 0 ? tails.map((tail) => tail / total) : tails
}

/** Ranks that are tried: a rank that was asked for, or all multiples of a number. */
export type RankChoice = { readonly rank: number } | { readonly multipleOf: number }

/** All points of a layer that are smaller than the layer itself, in weights and multiply-accumulates. */
export function rankPoints(
  layer: Layer,
  spectra: readonly Spectrum[],
  choice: RankChoice,
  positions: Positions | undefined,
): RankPoint[] {
  const dense = denseCost(layer, positions)
  return spectra.flatMap(({ scheme, tails }) =>
    rankLists(fullRanks(layer, scheme), choice).flatMap((ranks): RankPoint[] => {
      const cost = factoredCost(layer, scheme, ranks, positions)
      if (!isBelow(cost, dense)) return []
      const error = ranks.reduce((sum, rank, side) => sum + (tails[side]?.[rank] ?? 0), 0)
      return [{ scheme, ranks, ...cost, error: Math.min(1, error) }]
    }),
  )
}

function isBelow(cost: Cost, dense: Cost): boolean {
  return cost.parameters < dense.parameters && (cost.macs ?? 0) <= (dense.macs ?? 0)
}

/** A rank each side, none above its full rank. */
function rankLists(full: readonly number[], choice: RankChoice): number[][] {
  const sides = full.map((most) => ranksUpTo(most, choice))
  const [first = [], second] = sides
  return second ? first.flatMap((a) => second.map((b) => [a, b])) : first.map((a) => [a])
}

function ranksUpTo(most: number, choice: RankChoice): number[] {
  if ('rank' in choice) return choice.rank <= most ? [choice.rank] : []
  const { multipleOf } = choice
  return Array.from({ length: Math.floor(most / multipleOf) }, (_, index) => (index + 1) * multipleOf)
}
