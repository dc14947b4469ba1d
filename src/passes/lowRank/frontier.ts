/** Of all points of a layer those that no other beats, and those of them that a budget would ever choose. */
import { lowerHull, slope } from '../accuracy/lowerHull'
import type { RankBudget } from './options'
import type { RankPoint } from './rankPoint'
import type { Cost } from './scheme'

export function costOf(cost: Cost, budget: RankBudget): number {
  return (budget === 'macs' ? cost.macs : undefined) ?? cost.parameters
}

/** By falling cost and rising error. Of equals the one that stands first is taken. */
export function frontier(points: readonly RankPoint[], budget: RankBudget): RankPoint[] {
  const cost = (point: RankPoint) => costOf(point, budget)
  const byError = [...points].sort((a, b) => a.error - b.error || cost(a) - cost(b))
  const best: RankPoint[] = []
  for (const point of byError) {
    const cheapest = best.at(-1)
    if (!cheapest || cost(point) < cost(cheapest)) best.push(point)
  }
  return best
}

/** One step down a layer's curve. */
export interface Step {
  readonly to: RankPoint
  /** What the budget gains. */
  readonly saved: number
  /** Error for each unit of it; rises along the curve. */
  readonly price: number
}

/** The edges of the lower convex hull of a frontier, from the whole layer on. */
export function hullSteps(points: readonly RankPoint[], dense: Cost, budget: RankBudget): Step[] {
  const cornerOf = (cost: Cost, error: number, to?: RankPoint) => ({ x: -costOf(cost, budget), y: error, to })
  const hull = lowerHull([cornerOf(dense, 0), ...points.map((point) => cornerOf(point, point.error, point))])
  return hull.slice(1).map((corner, index) => {
    const from = hull[index] as (typeof hull)[number]
    return { to: corner.to as RankPoint, saved: corner.x - from.x, price: slope(from, corner) }
  })
}
