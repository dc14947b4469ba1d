/** What all mask passes do: find layers, prune them, keep within the budget, say what happened. */
import { OnnxpressError } from '../../errors'
import { Sparing, type Verdict } from '../accuracy/sparing'
import { keepPredicate } from '../keep'
import type { Layer } from '../layer/layer'
import type { Pass, PassContext, PassResult, Skip } from '../pass'
import { maskDetails } from './maskDetails'
import type { MaskMethod } from './maskMethod'
import type { MaskOptions, MaskScore } from './maskOptions'
import { applyOutcome, type Outcome } from './outcome'
import { findPrunable } from './prunable'
import { type Plan, pruneLayers } from './pruneLayers'
import { layerRatios } from './ratios'

export function maskPass(options: MaskOptions, method: MaskMethod): Pass {
  const { keep } = options
  return {
    name: method.name,
    options: { ...options, ...(keep !== undefined && { keep: String(keep) }) },
    apply: (context) => apply(context, options, method),
  }
}

/** Share of the pass's progress that pruning takes where it is followed by measurements. */
const PRUNING_SHARE = 0.5

async function apply(context: PassContext, options: MaskOptions, method: MaskMethod): Promise<PassResult> {
  const { advanced = {}, accuracy } = options
  const found = findPrunable(context.graph, keepPredicate(options.keep), method)
  const plan: Plan = {
    method,
    ratios: await layerRatios(context, found.layers, method, advanced.ratios),
    score: scoreOf(context, advanced.score, method),
    reconstruct: (advanced.reconstruct ?? true) && context.sampleCount > 0,
    advanced,
  }
  const layers = found.layers.filter(({ key }) => plan.ratios.get(key) !== 0)
  if (layers.length === 0) return { changed: 0, skipped: found.skipped }
  const isControlled = accuracy !== false && context.sampleCount > 0
  const all = await pruneLayers(context, keysOf(layers), plan, (ratio) =>
    context.progress((isControlled ? PRUNING_SHARE : 1) * ratio, 'pruning layer by layer'),
  )
  const verdict = isControlled ? await keepWithin(context, layers, options, plan, all) : undefined
  const outcome = verdict?.outcome ?? all
  const spared = verdict?.spared ?? new Set<string>()
  applyOutcome(context.graph, outcome, (key) => spared.has(key))
  return {
    changed: [...outcome.layers.keys()].filter((key) => !spared.has(key)).length,
    skipped: [...found.skipped, ...outcome.skipped, ...denseSkips(found.layers, plan, spared)],
    details: maskDetails(layers, plan, outcome, verdict),
  }
}

async function keepWithin(
  context: PassContext,
  layers: readonly Layer[],
  { accuracy }: MaskOptions,
  plan: Plan,
  all: Outcome,
): Promise<Verdict<Outcome>> {
  const sparing = await Sparing.of(context, layers, accuracy || {}, applyOutcome)
  return sparing.run(await sparing.measureAll(all), (spared) => {
    const others = layers.filter(({ key }) => !spared.has(key))
    return pruneLayers(context, keysOf(others), plan, (ratio) =>
      context.progress(0.9 + 0.1 * ratio, 'pruning around the layers that stay dense'),
    )
  })
}

/** @throws OnnxpressError `BAD_SAMPLES` where a score needs samples and there are none. */
function scoreOf(
  { sampleCount }: PassContext,
  score: MaskScore | undefined,
  { name }: MaskMethod,
): MaskScore {
  if (sampleCount > 0) return score ?? 'obs'
  if (score === undefined || score === 'magnitude') return 'magnitude'
  throw new OnnxpressError(
    'BAD_SAMPLES',
    `${name} needs samples for the score ${score}; give samples, or take the score magnitude`,
  )
}

function keysOf(layers: readonly Layer[]): Set<string> {
  return new Set(layers.map(({ key }) => key))
}

function denseSkips(layers: readonly Layer[], { ratios }: Plan, spared: ReadonlySet<string>): Skip[] {
  return layers.flatMap(({ key, node }) => {
    if (spared.has(key))
      return { at: node.label, reason: 'pruned, it would cost more than the budget: it stays dense' }
    return ratios.get(key) === 0 ? { at: node.label, reason: 'a ratio of 0 was given for it' } : []
  })
}
