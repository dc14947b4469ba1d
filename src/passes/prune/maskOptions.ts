/** Options that all mask passes have in common, checked as soon as they are given. */
import { badArgument } from '../../errors'
import { type AccuracyOptions, checkAccuracyOptions } from '../accuracy/accuracyOptions'
import type { Keep } from '../keep'

/**
 * What a weight is worth: its magnitude; its magnitude times the root mean square of its input, output by output (Sun et
 * al. 2024, "A Simple and Effective Pruning Approach for Large Language Models", §3); or what the layer's outputs lose
 * with it after the other weights have made up for it (Hassibi and Stork 1993, "Optimal brain surgeon").
 */
export type MaskScore = 'magnitude' | 'wanda' | 'obs'

/** A layer as callers see it. */
export interface LayerFacts {
  /** The node's name, or its type and first output. */
  readonly name: string
  readonly opType: string
  /** Number of its weights. */
  readonly weights: number
}

/** Ratios of single layers by name; the others have the pass's own. */
export type LayerRatios =
  | ReadonlyMap<string, number>
  | Readonly<Record<string, number>>
  | ((layer: LayerFacts) => number | undefined)

export interface MaskAdvanced {
  /** `obs` with samples and `magnitude` without, if left out. */
  readonly score?: MaskScore
  /** Whether the weights that stay, and the biases, make up for those that go; true with samples if left out. */
  readonly reconstruct?: boolean
  /** Share of the mean square of a layer's inputs that is added to each, for inputs not seen; 0.01 if left out. */
  readonly damping?: number
  /** Rows (patches) of inputs to look at for each feature of a layer, over all samples; 16 if left out. */
  readonly rowsPerFeature?: number
  /** Ratios of single layers, from 0 (left dense) to below 1. Has no bearing on N:M. */
  readonly ratios?: LayerRatios
}

export interface MaskOptions {
  /** Nodes to leave alone. */
  readonly keep?: Keep
  /**
   * What may be lost; layers that cost more stay dense, which the report says loudly. False prunes every layer,
   * whatever it costs.
   */
  readonly accuracy?: AccuracyOptions | false
  readonly advanced?: MaskAdvanced
}

const SCORES: readonly MaskScore[] = ['magnitude', 'wanda', 'obs']

/**
 * @param where the pass, for the error
 * @throws OnnxpressError `BAD_ARGUMENT` that names the option.
 */
export function checkMaskOptions({ accuracy, advanced }: MaskOptions, where: string): void {
  if (accuracy) checkAccuracyOptions(accuracy, where)
  const { score, reconstruct, damping, rowsPerFeature, ratios } = advanced ?? {}
  if (score !== undefined && !SCORES.includes(score))
    throw badArgument(`advanced.score to be one of ${SCORES.join(', ')}`, where, score)
  if (reconstruct !== undefined && typeof reconstruct !== 'boolean')
    throw badArgument('advanced.reconstruct to be true or false', where, reconstruct)
  if (damping !== undefined && !(damping >= 0 && Number.isFinite(damping)))
    throw badArgument('advanced.damping to be a number from 0', where, damping)
  if (rowsPerFeature !== undefined && !(rowsPerFeature > 0 && Number.isFinite(rowsPerFeature)))
    throw badArgument('advanced.rowsPerFeature to be a number above 0', where, rowsPerFeature)
  if (ratios !== undefined) checkRatios(ratios, where)
}

function checkRatios(ratios: LayerRatios, where: string): void {
  if (typeof ratios === 'function') return
  if (typeof ratios !== 'object' || ratios === null)
    throw badArgument('advanced.ratios to be a map, an object or a function', where, ratios)
  const entries = ratios instanceof Map ? [...ratios.values()] : Object.values(ratios)
  for (const ratio of entries) checkLayerRatio(ratio, where)
}

/** @throws OnnxpressError `BAD_ARGUMENT` */
export function checkRatio(ratio: unknown, where: string): void {
  if (!(typeof ratio === 'number' && ratio > 0 && ratio < 1))
    throw badArgument('ratio above 0 and below 1', where, ratio)
}

/** @throws OnnxpressError `BAD_ARGUMENT` */
export function checkLayerRatio(ratio: unknown, where: string): void {
  if (!(typeof ratio === 'number' && ratio >= 0 && ratio < 1))
    throw badArgument('advanced.ratios from 0 to below 1', where, ratio)
}

/** @throws OnnxpressError `BAD_ARGUMENT` */
export function checkSize(size: unknown, name: string, where: string): void {
  if (!(Number.isInteger(size) && (size as number) >= 1 && (size as number) <= 2 ** 16))
    throw badArgument(`${name} to be a whole number from 1 to 65536`, where, size)
}
