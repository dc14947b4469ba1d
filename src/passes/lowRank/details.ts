/** What `lowRank` tells about itself, for the report. */
import type { Candidate } from './choose'
import type { Kept } from './keepWithin'
import { type LowRankOptions, weightingOf } from './options'
import { type Cost, denseCost } from './scheme'

export interface Told extends Kept {
  readonly options: LowRankOptions
  readonly sampleCount: number
  readonly candidates: readonly Candidate[]
}

export function lowRankDetails(told: Told): Record<string, unknown> {
  const layers = told.candidates.map((candidate) => factsOf(candidate, told))
  const { verdict, options, share } = told
  const sum = (pick: (layer: Facts) => number) => layers.reduce((total, each) => total + pick(each), 0)
  const [before, after] = [sum(({ parameters }) => parameters), sum(({ parametersAfter }) => parametersAfter)]
  const work = layers.every(({ macs }) => macs !== undefined) && {
    before: sum(({ macs = 0 }) => macs),
    after: sum(({ macsAfter = 0 }) => macsAfter),
  }
  const { ratio: asked, budget } = options
  const counted = budget === 'macs' && work ? work : { before, after }
  const reached = counted.before > 0 ? 1 - counted.after / counted.before : 0
  return {
    weighting: weightingOf(options, told),
    factorizedLayers: layers.filter(({ scheme }) => scheme !== undefined).length,
    wholeLayers: layers.filter(({ scheme }) => scheme === undefined).length,
    /** Whole because they would have cost more than the budget. */
    sparedLayers: verdict?.spared.size ?? 0,
    parameters: before,
    parametersAfter: after,
    ratio: round(before > 0 ? 1 - after / before : 0),
    ...(work && { macs: work.before, macsAfter: work.after }),
    ...(asked !== undefined && { askedRatio: asked, reachedRatio: round(reached) }),
    ...(verdict && {
      budget: verdict.budget,
      withinBudget: verdict.isWithinBudget,
      measured: verdict.measured,
      measuredCandidates: verdict.measuredCandidates,
      takenShare: share,
    }),
    layers: layers.sort(worstFirst),
  }
}

interface Facts {
  readonly name: string
  readonly opType: string
  /** Undefined where it stays whole. */
  readonly scheme?: string
  readonly ranks?: readonly number[]
  readonly parameters: number
  readonly parametersAfter: number
  readonly macs?: number
  readonly macsAfter?: number
  /** Share of the variance of its outputs that is lost. */
  readonly error?: number
  readonly seconds?: number
  readonly secondsAfter?: number
  /** What this layer alone, factorized, leaves of the model's outputs. */
  readonly snrDb?: number
}

function factsOf({ layer, positions }: Candidate, { timed, outcome, verdict }: Told): Facts {
  const { key, node } = layer
  const factored = verdict?.spared.has(key) ? undefined : outcome.layers.get(key)
  const dense = denseCost(layer, positions)
  const after: Cost = factored?.point ?? dense
  const times = factored && timed.times.get(key)
  const noise = verdict?.ranking.find((each) => each.layer.key === key)?.noise
  return {
    name: node.label,
    opType: node.opType,
    ...(factored && {
      scheme: factored.point.scheme,
      ranks: factored.point.ranks,
      error: round(factored.error),
    }),
    parameters: dense.parameters,
    parametersAfter: after.parameters,
    ...(dense.macs !== undefined && after.macs !== undefined && { macs: dense.macs, macsAfter: after.macs }),
    ...(times && { seconds: times.dense, secondsAfter: times.factored }),
    ...(noise !== undefined && { snrDb: -10 * Math.log10(noise) }),
  }
}

function worstFirst(a: { snrDb?: number }, b: { snrDb?: number }): number {
  return (a.snrDb ?? Number.POSITIVE_INFINITY) - (b.snrDb ?? Number.POSITIVE_INFINITY) || 0
}

/** To six significant digits: no more is meant. */
function round(number: number): number {
  return Number(number.toPrecision(6))
}
