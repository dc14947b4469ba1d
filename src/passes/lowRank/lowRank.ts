/** `lowRank`: layers written as several smaller ones. */
import { Sparing, type Verdict } from '../accuracy/sparing'
import { keepPredicate } from '../keep'
import type { Layer } from '../layer/layer'
import type { Pass, PassContext, PassResult, Skip } from '../pass'
import { type Candidate, choose } from './choose'
import { lowRankDetails } from './details'
import { findFactorable } from './eligible'
import { applyOutcome, factorLayers, type Outcome } from './factorLayers'
import { weighCandidates } from './importance'
import { checkLowRankOptions, type LowRankOptions, WHERE } from './options'
import { chooseTimed, type TimedChoice } from './stopwatch'
import { collectGrams, type Survey, surveyLayers } from './survey'

/**
 * Writes the weights of convolutions and matrix products as products of smaller ones: two layers, a k×1 and a 1×k
 * convolution, or a convolution between two 1×1 ones, whichever loses least for what it costs. With samples the error that
 * counts is that of the layers' outputs: factors are found from the covariance of each layer's inputs, layer by layer, each
 * on the inputs that the layers before it produce by then, and biases take the mean of what is lost. Under one budget the
 * layers lose most to which the outputs listen least, as measured. Layers stay whole where factors would be larger, or
 * slower in onnxruntime.
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
  const skipped = [...found.skipped, ...survey.skipped]
  const timed = await chooseRanks(context, survey, options)
  const chosen = survey.candidates.flatMap(({ layer }) => (timed.choice.has(layer.key) ? [layer] : []))
  const slow = slowSkips(survey.candidates, timed)
  if (chosen.length === 0) return { changed: 0, skipped: [...skipped, ...slow] }
  const { all, verdict } = await factorWithin(context, chosen, timed, options)
  const outcome = verdict?.outcome ?? all
  const spared = verdict?.spared ?? new Set<string>()
  applyOutcome(context.graph, outcome, (key) => spared.has(key))
  const { sampleCount } = context
  const { candidates } = survey
  return {
    changed: [...outcome.layers.keys()].filter((key) => !spared.has(key)).length,
    skipped: [...skipped, ...slow, ...outcome.skipped, ...sparedSkips(chosen, spared)],
    details: lowRankDetails({ options, sampleCount, candidates, timed, outcome, verdict }),
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
    const survey = await surveyLayers(context, layers, options, grams)
    const isShared = options.ratio !== undefined && (options.scope ?? 'global') === 'global'
    if (!isShared || !grams) return survey
    return { ...survey, candidates: await weighCandidates(context, survey.candidates, options, grams) }
  } finally {
    await grams?.dispose()
  }
}

async function chooseRanks(
  context: PassContext,
  { candidates, inputShapes }: Survey,
  options: LowRankOptions,
): Promise<TimedChoice> {
  if (options.advanced?.timing ?? true) return chooseTimed(context, candidates, inputShapes, options)
  return { choice: choose(candidates, options), times: new Map(), slow: new Set() }
}

async function factorWithin(
  context: PassContext,
  chosen: readonly Layer[],
  { choice }: TimedChoice,
  options: LowRankOptions,
): Promise<{ all: Outcome; verdict: Verdict<Outcome> | undefined }> {
  const { accuracy } = options
  const isControlled = accuracy !== false && context.sampleCount > 0
  const share = isControlled ? 0.1 : 0.6
  const all = await factorLayers(context, choice, options, (ratio) =>
    context.progress(0.4 + share * ratio, 'factorizing layer by layer'),
  )
  if (!isControlled) return { all, verdict: undefined }
  const sparing = await Sparing.of(context, chosen, accuracy ?? {}, applyOutcome)
  const verdict = await sparing.run(all, (spared) => {
    const others = new Map([...choice].filter(([key]) => !spared.has(key)))
    return factorLayers(context, others, options, (ratio) =>
      context.progress(0.9 + 0.1 * ratio, 'factorizing around the layers that stay whole'),
    )
  })
  return { all, verdict }
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

function sparedSkips(chosen: readonly Layer[], spared: ReadonlySet<string>): Skip[] {
  const reason = 'factorized, it would cost more than the budget: it stays whole'
  return chosen.flatMap(({ key, node }) => (spared.has(key) ? [{ at: node.label, reason }] : []))
}
