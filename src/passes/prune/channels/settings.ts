import { badArgument } from '../../../errors'
import type { PassContext } from '../../pass'
import { type ChannelScore, type ChannelsOptions, SAMPLED } from './options'

/** The options with what they stand for when left out. */
export interface Settings {
  readonly by: ChannelScore
  readonly isRefit: boolean
  readonly multipleOf: number
}

/** How many channels a width is a multiple of, if nobody says otherwise. */
const MULTIPLE = 8

/** @throws OnnxpressError `BAD_ARGUMENT` where samples are needed and there are none. */
export function settingsOf({ sampleCount }: PassContext, options: ChannelsOptions): Settings {
  const hasSamples = sampleCount > 0
  const by = options.score ?? (hasSamples ? 'reconstruction' : 'l1')
  const isRefit = options.refit ?? hasSamples
  if (!hasSamples && SAMPLED.has(by)) throw badArgument('samples', `score ${by} of prune.channels`, 'none')
  if (!hasSamples && isRefit) throw badArgument('samples', 'refit of prune.channels', 'none')
  return { by, isRefit, multipleOf: options.multipleOf ?? MULTIPLE }
}
