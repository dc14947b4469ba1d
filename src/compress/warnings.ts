/** What a report must not let anybody overlook. */
import type { ReportData } from '../report/reportData'

/** Result runs this much slower before it is called slower; below, it is the noise of the machine. */
const SLOWER_RATIO = 1.03

export interface Circumstances {
  /** Whether the samples were made up. */
  readonly isSynthetic: boolean
  /** Whether onnxruntime's 8-bit products saturate on this processor. */
  readonly saturates: boolean
}

/** The gravest first. */
export function warningsOf(
  { original, result, passes, quality, execution }: Omit<ReportData, 'warnings' | 'seconds'>,
  { isSynthetic, saturates }: Circumstances,
): string[] {
  const warnings: string[] = []
  const latency = execution?.latency
  if (latency && latency.ratio > SLOWER_RATIO)
    warnings.push(
      `THE RESULT IS SLOWER: ${(latency.resultSeconds * 1000).toFixed(2)} ms a run against ${(latency.originalSeconds * 1000).toFixed(2)} ms of the original (${latency.ratio.toFixed(2)} times) on one thread of this machine. quantize.weights() keeps the small file and computes in float`,
    )
  if (result.bytes > original.bytes)
    warnings.push(`THE RESULT IS LARGER: ${result.bytes} bytes against ${original.bytes} of the original`)
  for (const { name, details } of passes) {
    if (details?.withinBudget === false)
      warnings.push(`${name} LOSES MORE THAN ITS BUDGET, though it left alone what it could`)
    if (details)
      warnings.push(...[denseWarning, wideWarning, wholeWarning].flatMap((warn) => warn(name, details)))
  }
  if (saturates && isSaturable(execution, passes))
    warnings.push(
      'ONNXRUNTIME SATURATES 8-BIT PRODUCTS ON THIS PROCESSOR, which lacks VNNI: its outputs here are not those on other processors. With reduceRange: true (--reduce-range) they are; onnxpress/engine does not saturate',
    )
  if (isSynthetic)
    warnings.push(
      'CALIBRATED ON MADE-UP SAMPLES, because none were given: ranges are guesses and accuracy was not checked. Give samples of the real use',
    )
  if (quality && Number.isNaN(quality.snrDb))
    warnings.push("THE RESULT'S OUTPUTS HOLD NaN or infinities on the given samples")
  return warnings
}

/** Products of weights in all 8 bits; in 7 of them no sum of two saturates. */
function isSaturable(execution: ReportData['execution'], passes: ReportData['passes']): boolean {
  const isReduced = passes.some(({ options }) => options?.reduceRange === true)
  return !isReduced && Object.keys(execution?.int8Operations ?? {}).length > 0
}

/** Channels were to go and stay, since it would have cost too much. */
function wideWarning(name: string, details: Readonly<Record<string, unknown>>): string[] {
  const { asked, removed } = (details.groups ?? {}) as Readonly<Record<string, unknown>>
  if (typeof asked !== 'number' || typeof removed !== 'number' || removed === asked) return []
  return [
    `${name} REMOVED ${removed} OF ${asked} GROUPS OF CHANNELS to keep within its budget. With accuracy: false all that were asked for go`,
  ]
}

/** Zeros were asked for and are not there, since they would have cost too much. */
function denseWarning(name: string, details: Readonly<Record<string, unknown>>): string[] {
  const { denseLayers, prunedLayers, ratio, zeroRatio } = details
  if (!denseLayers || typeof denseLayers !== 'number') return []
  return [
    `${name} LEFT ${denseLayers} OF ${denseLayers + Number(prunedLayers)} LAYERS DENSE to keep within its budget: ${percent(zeroRatio)} of the weights are zero, ${percent(ratio)} were asked for. With accuracy: false all layers are pruned`,
  ]
}

/** A share that is this much smaller than what was asked for counts as missed. */
const MISSED_SHARE = 0.02

/** Factors were asked for and are not there: they would have cost too much, or been larger or slower. */
function wholeWarning(name: string, details: Readonly<Record<string, unknown>>): string[] {
  const { sparedLayers, factorizedLayers, askedRatio, reachedRatio, takenShare = 1 } = details
  if (sparedLayers)
    return [
      `${name} LEFT ${sparedLayers} OF ${Number(sparedLayers) + Number(factorizedLayers)} LAYERS WHOLE to keep within its budget. With accuracy: false all layers are factorized`,
    ]
  if (Number(takenShare) < 1)
    return [
      `${name} TOOK ${percent(takenShare)} OF WHAT WAS ASKED FOR to keep within its budget. With accuracy: false it takes all`,
    ]
  if (typeof askedRatio !== 'number' || Number(reachedRatio) > askedRatio - MISSED_SHARE) return []
  return [
    `${name} TOOK ${percent(reachedRatio)} AWAY, ${percent(askedRatio)} were asked for: factors of the other layers would be larger or slower. With advanced: { timing: false } speed does not count`,
  ]
}

function percent(share: unknown): string {
  return `${(100 * Number(share)).toFixed(1)}%`
}
