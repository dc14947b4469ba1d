/** Spends one budget over layers that differ in how much they bear. */
import { badArgument, OnnxpressError } from '../errors'
import { lowerHull, type Point } from '../passes/accuracy/lowerHull'
import { noiseOf, type SensitivityCurve } from '../report/sensitivity'

interface Step {
  readonly name: string
  /** How much further the ratio goes, and the weights that this takes. */
  readonly ratio: number
  readonly weights: number
  /** Noise a weight. */
  readonly price: number
}

/**
 * The ratio of each layer, by name as `advanced.ratios` of the prune passes takes it, with which `ratio` of all weights are taken at the least noise, the noises of single
 * layers added up: Σ wᵢ·rᵢ = ratio · Σ wᵢ, Σ noiseᵢ(rᵢ) least.
 *
 * Each curve is replaced by its lower convex hull through (0, 0), linear in between. On convex curves the cheapest step
 * first is optimal (Fox 1966, "Discrete optimization via marginal analysis").
 * @param layers their curves; one without points keeps all of its weights
 * @throws OnnxpressError `BAD_ARGUMENT` for a ratio that is none, `UNSUPPORTED` when the largest ratios that were measured
 *   do not add up to it.
 */
export function allocateRatios(layers: readonly SensitivityCurve[], ratio: number): Map<string, number> {
  if (!(ratio >= 0 && ratio <= 1)) throw badArgument('ratio between 0 and 1', 'allocateRatios', ratio)
  const ratios = new Map(layers.map(({ name }) => [name, 0]))
  let left = ratio * layers.reduce((sum, { parameters }) => sum + parameters, 0)
  const steps = layers.flatMap(stepsOf).sort((a, b) => a.price - b.price)
  for (const step of steps) {
    if (left <= 0) break
    const share = Math.min(1, left / step.weights)
    ratios.set(step.name, (ratios.get(step.name) ?? 0) + share * step.ratio)
    left -= share * step.weights
  }
  if (left > 1e-6 * (1 + left)) throw outOfReach(layers, ratio)
  return ratios
}

/** The edges of the lower convex hull, from 0 on: ever steeper. */
function stepsOf({ name, parameters, points }: SensitivityCurve): Step[] {
  const hull = lowerHull([{ x: 0, y: 0 }, ...points.map((point) => ({ x: point.ratio, y: noiseOf(point) }))])
  return hull.slice(1).map((to, index) => {
    const from = hull[index] as Point
    const [ratio, weights] = [to.x - from.x, (to.x - from.x) * parameters]
    return { name, ratio, weights, price: Math.max(0, to.y - from.y) / weights }
  })
}

function outOfReach(layers: readonly SensitivityCurve[], ratio: number): OnnxpressError {
  const all = layers.reduce((sum, { parameters }) => sum + parameters, 0)
  const most = layers.reduce(
    (sum, { parameters, points }) => sum + parameters * (points.at(-1)?.ratio ?? 0),
    0,
  )
  const message = `Expected curves that reach a ratio of ${ratio} over all layers; those measured end at ${(most / all).toFixed(3)}: measure larger ratios`
  return new OnnxpressError('UNSUPPORTED', message)
}
