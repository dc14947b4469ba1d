/** Options of `lowRank`, checked as soon as they are given. */
import { badArgument, OnnxpressError } from '../../errors'
import { type AccuracyOptions, checkAccuracyOptions } from '../accuracy/accuracyOptions'
import type { Keep } from '../keep'
import { SCHEMES, type SchemeKind } from './scheme'

/** What a budget counts: weights, or multiply-accumulates of one run. */
export type RankBudget = 'parameters' | 'macs'

export interface LowRankAdvanced {
  /**
   * `activations`: the error that counts is that of the layers' outputs, from the covariance of their inputs over the
   * samples; `plain`: that of the weights. `activations` with samples and `plain` without, if left out.
   */
  readonly weighting?: 'activations' | 'plain'
  /** Schemes to choose from; all if left out. */
  readonly schemes?: readonly SchemeKind[]
  /** Ranks are multiples of this, which kernels like; 8 if left out. Has no bearing on a `rank` that was asked for. */
  readonly multipleOf?: number
  /** Share of the mean square of a layer's inputs that is added to each, for inputs not seen; 0.01 if left out. */
  readonly damping?: number
  /** Rows (patches) of inputs to look at for each feature of a layer, over all samples; 16 if left out. */
  readonly rowsPerFeature?: number
  /** Whether layers are timed in onnxruntime, and stay whole where their factors are slower; true if left out. */
  readonly timing?: boolean
}

/** Exactly one of `energy`, `ratio` and `rank`. */
export interface LowRankOptions {
  /** Share of the variance of each layer's outputs that is to be kept, above 0 and below 1. */
  readonly energy?: number
  /** Share of the layers' weights, or multiply-accumulates, that is to go, above 0 and below 1. */
  readonly ratio?: number
  /** The rank of all layers (of a Tucker core, both ranks), a whole number above 0. */
  readonly rank?: number
  /** What `ratio` counts; `parameters` if left out. */
  readonly budget?: RankBudget
  /**
   * `global`: `ratio` of all layers together; those lose most to which the outputs listen least. `layer`: of each.
   * `global` if left out.
   */
  readonly scope?: 'global' | 'layer'
  /** Nodes to leave alone. */
  readonly keep?: Keep
  /**
   * What may be lost. Where all that was asked for loses more, less is taken, and where even an eighth of it does, or a rank
   * was asked for, layers stay whole; the report says so loudly. False takes it all, whatever it costs.
   */
  readonly accuracy?: AccuracyOptions | false
  readonly advanced?: LowRankAdvanced
}

export const WHERE = 'lowRank'

/** @throws OnnxpressError `BAD_ARGUMENT` that names the option. */
export function checkLowRankOptions(options: LowRankOptions): void {
  const { energy, ratio, rank, budget, scope, accuracy, advanced } = options ?? {}
  const given = [energy, ratio, rank].filter((each) => each !== undefined)
  if (given.length !== 1) throw badArgument('one of energy, ratio and rank', WHERE, options)
  requireShare(energy, 'energy')
  requireShare(ratio, 'ratio')
  if (rank !== undefined && !isSize(rank)) throw badArgument('rank to be a whole number above 0', WHERE, rank)
  requireOneOf(budget, ['parameters', 'macs'], 'budget')
  requireOneOf(scope, ['global', 'layer'], 'scope')
  if (ratio === undefined && (budget ?? scope) !== undefined)
    throw badArgument('budget and scope together with ratio alone', WHERE, budget ?? scope)
  if (accuracy) checkAccuracyOptions(accuracy, WHERE)
  checkAdvanced(advanced ?? {})
}

function checkAdvanced(advanced: LowRankAdvanced): void {
  const { weighting, schemes, multipleOf, damping, rowsPerFeature, timing } = advanced
  requireOneOf(weighting, ['activations', 'plain'], 'advanced.weighting')
  const isList =
    schemes === undefined || (Array.isArray(schemes) && schemes.length > 0 && schemes.every(isScheme))
  if (!isList) throw badArgument(`advanced.schemes out of ${SCHEMES.join(', ')}`, WHERE, schemes)
  if (multipleOf !== undefined && !isSize(multipleOf))
    throw badArgument('advanced.multipleOf to be a whole number above 0', WHERE, multipleOf)
  if (damping !== undefined && !(damping >= 0 && Number.isFinite(damping)))
    throw badArgument('advanced.damping to be a number from 0', WHERE, damping)
  if (rowsPerFeature !== undefined && !(rowsPerFeature > 0 && Number.isFinite(rowsPerFeature)))
    throw badArgument('advanced.rowsPerFeature to be a number above 0', WHERE, rowsPerFeature)
  if (timing !== undefined && typeof timing !== 'boolean')
    throw badArgument('advanced.timing to be true or false', WHERE, timing)
}

function requireShare(share: unknown, name: string): void {
  if (share !== undefined && !(typeof share === 'number' && share > 0 && share < 1))
    throw badArgument(`${name} above 0 and below 1`, WHERE, share)
}

function requireOneOf(word: unknown, words: readonly string[], name: string): void {
  if (word !== undefined && !words.includes(word as string))
    throw badArgument(`${name} to be one of ${words.join(', ')}`, WHERE, word)
}

function isScheme(word: unknown): boolean {
  return SCHEMES.includes(word as SchemeKind)
}

function isSize(size: unknown): boolean {
  return Number.isInteger(size) && (size as number) >= 1 && (size as number) <= 2 ** 20
}

export function dampingOf({ advanced }: LowRankOptions): number {
  return advanced?.damping ?? 0.01
}

/**
 * What counts, as asked or as far as there are samples.
 * @throws OnnxpressError `BAD_SAMPLES` where activations are to count and there are none.
 */
export function weightingOf(
  { advanced }: LowRankOptions,
  { sampleCount }: { readonly sampleCount: number },
): 'activations' | 'plain' {
  const wanted = advanced?.weighting
  if (wanted === 'activations' && sampleCount === 0)
    throw new OnnxpressError(
      'BAD_SAMPLES',
      `${WHERE} needs samples for the weighting activations; give samples, or take the weighting plain`,
    )
  return wanted ?? (sampleCount > 0 ? 'activations' : 'plain')
}
