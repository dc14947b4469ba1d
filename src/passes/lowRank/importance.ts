/**
 * How much the model's outputs listen to each layer: every layer alone is approximated and the outputs are held against
 * the original's. Small errors of a layer pass on in proportion, so one measurement tells the slope.
 */
import type { GramStore } from '../../calibrate/gramStore'
import { RANKING_SAMPLES } from '../accuracy/exemption'
import { findLayers } from '../layer/layer'
import type { PassContext } from '../pass'
import type { Candidate } from './choose'
import { factorLayer, standIn } from './factored'
import { dampingOf, type LowRankOptions } from './options'
import type { RankPoint } from './rankPoint'
import { gramOf } from './survey'

/** Large enough to stand out from rounding, small enough to be passed on in proportion. */
const PROBING_ERROR = 0.05
/** Layers that the outputs do not listen to at all would lose everything, on the word of a few samples. */
const LEAST_IMPORTANCE = 1e-3

/** The candidates with their importance. */
export async function weighCandidates(
  context: PassContext,
  candidates: readonly Candidate[],
  options: LowRankOptions,
  grams: GramStore | undefined,
): Promise<Candidate[]> {
  const weighed: Candidate[] = []
  for (const [index, candidate] of candidates.entries()) {
    context.signal.throwIfAborted()
    weighed.push({ ...candidate, importance: await importanceOf(context, candidate, options, grams) })
    context.progress((index + 1) / candidates.length, 'measuring what the outputs listen to')
  }
  return weighed
}

async function importanceOf(
  { model, runtime }: PassContext,
  { layer, points }: Candidate,
  options: LowRankOptions,
  grams: GramStore | undefined,
): Promise<number> {
  const gram = await gramOf(layer, grams)
  const factored = await factorLayer(layer, probingPoint(points), gram, dampingOf(options))
  if (!(factored.error > 0)) return 1
  const copy = model.clone()
  const own = findLayers(copy.graph, () => false).layers.find(({ key }) => key === layer.key)
  if (own) standIn(copy.graph, own, factored)
  const { snrDb } = await runtime.measure(copy, RANKING_SAMPLES)
  const noise = 10 ** (-snrDb / 10)
  return Number.isFinite(noise) ? Math.max(LEAST_IMPORTANCE, noise / factored.error) : Number.MAX_VALUE
}

/** The point whose error is nearest, as a ratio, to the one that tells most; of a pair, which is the quickest to make. */
function probingPoint(points: readonly RankPoint[]): RankPoint {
  const pairs = points.filter(({ scheme }) => scheme === 'pair')
  const distance = ({ error }: RankPoint) => Math.abs(Math.log(Math.max(error, 1e-12) / PROBING_ERROR))
  return (pairs.length > 0 ? pairs : points).reduce((best, each) =>
    distance(each) < distance(best) ? each : best,
  )
}
