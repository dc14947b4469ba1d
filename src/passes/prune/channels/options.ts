/** Options of `prune.channels`, checked as soon as they are given. */
import { badArgument } from '../../../errors'
import { type AccuracyOptions, checkAccuracyOptions } from '../../accuracy/accuracyOptions'
import type { Keep } from '../../keep'

/** How channels are told apart by what they matter. */
export type ChannelScore = 'l1' | 'l2' | 'batchNorm' | 'activation' | 'reconstruction'

/** How much is to go: exactly one of these, as a ratio from 0 up to, but not including, 1. */
export type ChannelBudget =
  /** Share of each layer's channels. */
  | { readonly ratio: number; readonly macs?: never; readonly parameters?: never }
  /** Share of the whole model's multiply-accumulates; the channels are taken where they matter least for what they save. */
  | { readonly macs: number; readonly ratio?: never; readonly parameters?: never }
  /** Share of the whole model's parameters, likewise. */
  | { readonly parameters: number; readonly ratio?: never; readonly macs?: never }

export type ChannelsOptions = ChannelBudget & {
  /** Layers are narrowed to a multiple of so many channels, which kernels are fast with; 8 if left out. */
  readonly multipleOf?: number
  /** `reconstruction` with samples and `l1` without, if left out. */
  readonly score?: ChannelScore
  /** Nodes whose outputs keep all their channels. */
  readonly keep?: Keep
  /** Whether layers that lose inputs are fitted anew to what they computed; needs samples, and is true with them. */
  readonly refit?: boolean
  /**
   * What may be lost, where there are samples to tell. Where removing all that was asked for would cost more, less is
   * removed: what matters most for what it saves stays, which the report says loudly. False removes what was asked for,
   * whatever it costs.
   */
  readonly accuracy?: Omit<AccuracyOptions, 'rank'> | false
}

const SCORES: readonly ChannelScore[] = ['l1', 'l2', 'batchNorm', 'activation', 'reconstruction']

/** Scores that need to see activations. */
export const SAMPLED: ReadonlySet<ChannelScore> = new Set(['activation', 'reconstruction'])

const WHERE = 'prune.channels'

/** What is to be reduced, and by what share. */
export interface Budget {
  readonly of: 'ratio' | 'macs' | 'parameters'
  readonly share: number
}

/** @throws OnnxpressError `BAD_ARGUMENT` that names the option. */
export function checkChannelsOptions(options: ChannelsOptions): void {
  const { multipleOf, score, refit, accuracy } = options ?? {}
  const { of, share } = budgetOf(options)
  if (!(typeof share === 'number' && share >= 0 && share < 1))
    throw badArgument(`${of} from 0 up to, but not including, 1`, WHERE, share)
  if (multipleOf !== undefined && !(Number.isSafeInteger(multipleOf) && multipleOf > 0))
    throw badArgument('multipleOf to be a whole number above 0', WHERE, multipleOf)
  if (score !== undefined && !SCORES.includes(score))
    throw badArgument(`score to be one of ${SCORES.join(', ')}`, WHERE, score)
  if (refit !== undefined && typeof refit !== 'boolean')
    throw badArgument('refit to be true or false', WHERE, refit)
  if (accuracy) checkAccuracyOptions(accuracy, WHERE)
}

/** @throws OnnxpressError `BAD_ARGUMENT` where not exactly one budget is given. */
export function budgetOf(options: ChannelsOptions): Budget {
  const given = (['ratio', 'macs', 'parameters'] as const).filter((of) => options?.[of] !== undefined)
  const [of] = given
  if (!of || given.length > 1)
    throw badArgument(
      'exactly one of ratio, macs and parameters',
      WHERE,
      given.length > 0 ? given : undefined,
    )
  return { of, share: options[of] as number }
}
