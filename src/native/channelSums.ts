/** Sums of each channel, for means. cpp/channelsum/channelsum.h is the contract, with its error bound. */
import { addon } from './addon'
import { allocate, type ChannelLayout, requireFloat32, requireLayout, settled } from './arguments'

/**
 * Sum of each channel of `x` in double; the same bits on every processor and for every number of threads.
 * @throws {OnnxpressError} `BAD_ARGUMENT`
 */
export async function channelSums(x: Float32Array, layout: ChannelLayout): Promise<Float64Array> {
  const where = 'channelSums'
  requireFloat32(x, `x of ${where}`)
  const lengths = requireLayout(layout, x.length, where)
  const sums = allocate(Float64Array, layout.channels, where)
  await settled(addon().channelSums(x, ...lengths, sums), where)
  return sums
}
