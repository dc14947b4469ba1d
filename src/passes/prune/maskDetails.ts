/** What a mask pass tells about itself, for the report. */
import type { Verdict } from '../accuracy/sparing'
import type { Layer } from '../layer/layer'
import type { Outcome } from './outcome'
import type { OutputError } from './outputError'
import type { Plan } from './pruneLayers'

const NOTE =
  'zeros alone make neither the file smaller nor onnxruntime faster: they are for engines, accelerators and training that know them'

export function maskDetails(
  layers: readonly Layer[],
  { method, score, reconstruct }: Plan,
  outcome: Outcome,
  verdict: Verdict<Outcome> | undefined,
): Record<string, unknown> {
  const facts = layers.map((layer) => factsOf(layer, outcome, verdict))
  const zeros = facts.reduce((sum, each) => sum + each.zeros, 0)
  const weights = facts.reduce((sum, each) => sum + each.weights, 0)
  return {
    pattern: method.pattern,
    score,
    reconstructed: reconstruct,
    ratio: method.ratio,
    zeros,
    weights,
    zeroRatio: round(zeros / weights),
    prunedLayers: facts.filter(({ isDense }) => !isDense).length,
    denseLayers: facts.filter(({ isDense }) => isDense).length,
    ...(verdict && {
      budget: verdict.budget,
      withinBudget: verdict.isWithinBudget,
      measured: verdict.measured,
      measuredCandidates: verdict.measuredCandidates,
    }),
    note: NOTE,
    layers: facts.map(({ isDense: _, ...each }) => each).sort(worstFirst),
  }
}

interface Facts {
  readonly name: string
  readonly opType: string
  readonly isDense: boolean
  readonly weights: number
  readonly zeros: number
  readonly ratio: number
  /** Mean square of the error of its outputs, as a share of their variance. */
  readonly error?: { readonly masked: number; readonly reconstructed: number }
  /** What this layer alone, pruned, leaves of the model's outputs. */
  readonly snrDb?: number
}

function factsOf(layer: Layer, outcome: Outcome, verdict: Verdict<Outcome> | undefined): Facts {
  const pruned = verdict?.spared.has(layer.key) ? undefined : outcome.layers.get(layer.key)
  const weights = layer.weight.constant?.size ?? 0
  const zeros = pruned?.zeros ?? 0
  const noise = verdict?.ranking.find((each) => each.layer.key === layer.key)?.noise
  return {
    name: layer.node.label,
    opType: layer.node.opType,
    isDense: pruned === undefined,
    weights,
    zeros,
    ratio: round(weights > 0 ? zeros / weights : 0),
    ...(pruned?.error && { error: shareOf(pruned.error) }),
    ...(noise !== undefined && { snrDb: -10 * Math.log10(noise) }),
  }
}

function shareOf({ variance, masked, reconstructed }: OutputError) {
  const share = (error: number) => (variance > 0 ? round(Math.max(0, error) / variance) : 0)
  return { masked: share(masked), reconstructed: share(reconstructed) }
}

function worstFirst(a: Facts | Omit<Facts, 'isDense'>, b: Facts | Omit<Facts, 'isDense'>): number {
  return (a.snrDb ?? Number.POSITIVE_INFINITY) - (b.snrDb ?? Number.POSITIVE_INFINITY) || 0
}

/** To six significant digits: no more is meant. */
function round(number: number): number {
  return Number(number.toPrecision(6))
}
