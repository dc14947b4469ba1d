/** Which ranks layers get: by the energy that stays, by a rank, or under one budget. */
import type { Layer } from '../layer/layer'
import { costOf, frontier, hullSteps } from './frontier'
import type { LowRankOptions, RankBudget } from './options'
import type { RankPoint } from './rankPoint'
import { type Cost, denseCost, type Positions } from './scheme'

/** A layer and what may become of it. */
export interface Candidate {
  readonly layer: Layer
  readonly positions: Positions | undefined
  readonly points: readonly RankPoint[]
  /** What the model's outputs lose, as a share of their power, for each share that this layer's outputs lose. */
  readonly importance: number
}

/** Chosen points by layer key; layers that stay whole are left out. */
export type Choice = ReadonlyMap<string, RankPoint>

export function choose(candidates: readonly Candidate[], options: LowRankOptions): Choice {
  const { energy, ratio, scope = 'global', budget = 'parameters' } = options
  if (ratio !== undefined && scope === 'global') return underOneBudget(candidates, ratio, budget)
  const chosen = candidates.flatMap(({ layer, positions, points }): [string, RankPoint][] => {
    const most = (1 - (ratio ?? 0)) * costOf(denseCost(layer, positions), budget)
    const point =
      energy !== undefined
        ? cheapest(points, 1 - energy, budget)
        : truest(points, ratio === undefined ? Number.POSITIVE_INFINITY : most, budget)
    return point ? [[layer.key, point]] : []
  })
  return new Map(chosen)
}

/** The cheapest point that loses no more than that. */
function cheapest(
  points: readonly RankPoint[],
  mostError: number,
  budget: RankBudget,
): RankPoint | undefined {
  return frontier(points, budget).findLast(({ error }) => error <= mostError)
}

/** The point with the least error that costs no more than that. */
function truest(points: readonly RankPoint[], mostCost: number, budget: RankBudget): RankPoint | undefined {
  return frontier(points, budget).find((point) => costOf(point, budget) <= mostCost)
}

interface PricedStep {
  readonly candidate: Candidate
  readonly to: RankPoint
  readonly saved: number
  readonly price: number
}

/**
 * The least of Σ importance · error with `ratio` of all costs saved, errors of layers added up: on the convex hulls of the
 * layers' curves the cheapest step first is optimal (Fox 1966, "Discrete optimization via marginal analysis"). The last
 * step goes no further than it must.
 */
function underOneBudget(candidates: readonly Candidate[], ratio: number, budget: RankBudget): Choice {
  const costs = new Map<string, Cost>(
    candidates.map(({ layer, positions }) => [layer.key, denseCost(layer, positions)]),
  )
  const now = new Map([...costs].map(([key, cost]) => [key, costOf(cost, budget)]))
  let left = ratio * [...now.values()].reduce((sum, cost) => sum + cost, 0)
  const chosen = new Map<string, RankPoint>()
  for (const { candidate, to, saved } of pricedSteps(candidates, costs, budget)) {
    if (left <= 0) break
    const { key } = candidate.layer
    const before = now.get(key) as number
    const point = saved > left ? (truest(candidate.points, before - left, budget) ?? to) : to
    chosen.set(key, point)
    now.set(key, costOf(point, budget))
    left -= before - costOf(point, budget)
  }
  return chosen
}

function pricedSteps(
  candidates: readonly Candidate[],
  costs: ReadonlyMap<string, Cost>,
  budget: RankBudget,
): PricedStep[] {
  const steps = candidates.flatMap((candidate) =>
    hullSteps(frontier(candidate.points, budget), costs.get(candidate.layer.key) as Cost, budget).map(
      ({ to, saved, price }) => ({ candidate, to, saved, price: candidate.importance * price }),
    ),
  )
  return steps.sort((a, b) => a.price - b.price)
}
