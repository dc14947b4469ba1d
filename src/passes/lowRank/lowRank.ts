/** `lowRank`: layers written as several smaller ones. */
import { keepPredicate } from '../keep'
import type { Layer } from '../layer/layer'
import type { Pass, PassContext, PassResult, Skip } from '../pass'
import type { Candidate } from './choose'
import { lowRankDetails } from './details'
import { findFactorable } from './eligible'
import { applyOutcome } from './factorLayers'
import { weighCandidates } from './importance'
import { keepWithin } from './keepWithin'
import { checkLowRankOptions, type LowRankOptions, WHERE } from './options'
import { partOf } from './part'
import type { TimedChoice } from './stopwatch'
import { collectGrams, type Survey, surveyLayers } from './survey'

/**
 * Writes the weights of convolutions and matrix products as products of smaller ones: two layers, a k×1 and a 1×k
 * convolution, or a convolution between two 1×1 ones, whichever loses least for what it costs. With samples the error that
 * counts is that of the layers' outputs: factors are found from the covariance of each layer's inputs, layer by layer, each
 * on the inputs that the layers before it produce by then, and biases take the mean of what is lost. Under one budget the
 * layers lose most to which the outputs listen least, as measured. Layers stay whole where factors would be larger, or
 * slower in onnxruntime; where the outputs would lose more than `accuracy` allows, less is taken.
 *
 *     lowRank({ energy: 0.95 })   each layer keeps 95% of the variance of its outputs
 *     lowRank({ ratio: 0.5 })     half of the weights go
 *     lowRank({ rank: 64 })
 *
 * @throws OnnxpressError `BAD_ARGUMENT` for options out of range; when applied also `BAD_SAMPLES` where activations are to
 * count and no samples were given.
 */
export function lowRank(options: LowRankOptions): Pass {
  checkLowRankOptions(options)
  const { keep } = options
  return {
    name: WHERE,
    options: { ...options, ...(keep !== undefined && { keep: String(keep) }) },
    apply: (context) => apply(context, options),
  }
}

async function apply(context: PassContext, options: LowRankOptions): Promise<PassResult> {
  const found = findFactorable(context.graph, keepPredicate(options.keep))
  if (found.layers.length === 0) return { changed: 0, skipped: found.skipped }
  const survey = await surveyWeighed(context, found.layers, options)
  const { candidates } = survey
  const skipped = [...found.skipped, ...survey.skipped]
  if (candidates.length === 0) return { changed: 0, skipped }
  const kept = await keepWithin(context, survey, options)
  const { timed, outcome, verdict } = kept
  const spared = verdict?.spared ?? new Set<string>()
  applyOutcome(context.graph, outcome, (key) => spared.has(key))
  const { sampleCount } = context
  return {
    changed: [...outcome.layers.keys()].filter((key) => !spared.has(key)).length,
    skipped: [
      ...skipped,
      ...slowSkips(candidates, timed),
      ...outcome.skipped,
      ...sparedSkips(candidates, spared),
    ],
    details: lowRankDetails({ ...kept, options, sampleCount, candidates }),
  }
}

/** Importance costs a run of the model a layer, so it is asked for only where one budget is shared out. */
async function surveyWeighed(
  context: PassContext,
  layers: readonly Layer[],
  options: LowRankOptions,
): Promise<Survey> {
  const grams = await collectGrams(context, layers, options)
  try {
    const survey = await surveyLayers(partOf(context, 0, 0.15), layers, options, grams)
    const isShared = options.ratio !== undefined && (options.scope ?? 'global') === 'global'
    if (!isShared || !grams) return survey
    return {
      ...survey,
      candidates: await weighCandidates(partOf(context, 0.15, 0.3), survey.candidates, options, grams),
    }
  } finally {
    await grams?.dispose()
  }
}

function slowSkips(candidates: readonly Candidate[], { slow, times }: TimedChoice): Skip[] {
  return candidates.flatMap(({ layer: { key, node } }) => {
    const { dense = 0, factored = 0 } = times.get(key) ?? {}
    const reason = `its factors are slower in onnxruntime: ${inMicroseconds(factored)} instead of ${inMicroseconds(dense)}`
    return slow.has(key) ? [{ at: node.label, reason }] : []
  })
}

function inMicroseconds(seconds: number): string {
  return `${(1e6 * seconds).toFixed(0)} µs`
}

function sparedSkips(candidates: readonly Candidate[], spared: ReadonlySet<string>): Skip[] {
  const reason = 'factorized, it would cost more than the budget: it stays whole'
  return candidates.flatMap(({ layer: { key, node } }) =>
    spared.has(key) ? [{ at: node.label, reason }] : [],
  )
}
