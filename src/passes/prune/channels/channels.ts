/**
 * `prune.channels`: takes whole channels out of a model, so that it gets narrower: every constant, attribute and shape
 * that counts them is rewritten, and what is left is an ordinary dense model.
 */
import type { Pass } from '../../pass'
import { applyChannels } from './apply'
import { type ChannelsOptions, checkChannelsOptions } from './options'

/**
 * Removes channels: those of convolutions, linear layers and attention heads that matter least, with everything that
 * hangs together with them through the graph. Inputs and outputs of the model stay as they are, and so does whatever is
 * not understood, with the reason. With samples, layers that lose inputs are fitted anew to what they computed, and where
 * the outputs then lose more than `accuracy` allows, less is removed.
 *
 * @throws OnnxpressError `BAD_ARGUMENT` for options outside their ranges, at once; while applied, for a share of the
 *   multiply-accumulates or parameters that no removal reaches, and for scores and fits that need samples without any
 */
export function pruneChannels(options: ChannelsOptions): Pass {
  checkChannelsOptions(options)
  const { keep, ...plain } = options
  return {
    name: 'prune.channels',
    options: { ...plain, ...(keep !== undefined && { keep: String(keep) }) },
    apply: (context) => applyChannels(context, options),
  }
}
