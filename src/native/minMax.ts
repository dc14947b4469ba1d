/** Smallest and largest values, of a tensor or of each of its channels. cpp/minmax/minmax.h is the contract. */
import { addon } from './addon'
import { allocate, type ChannelLayout, requireFloat32, requireLayout, settled } from './arguments'

/** The range of a tensor's finite elements. */
export interface MinMax {
  /** Smallest finite element; `Infinity` when there is none. */
  readonly min: number
  /** Largest finite element; `-Infinity` when there is none. */
  readonly max: number
  /** Largest magnitude of a finite element; 0 when there is none. */
  readonly absMax: number
  /** How many elements are NaN or infinite. */
  readonly nonFinite: number
}

/**
 * Range of the finite elements of `x`; NaN and infinities are left out and counted. Exact. `x` must not be transferred
 * or changed until the promise settles; that holds for all functions of this room.
 * @throws {OnnxpressError} `BAD_ARGUMENT`
 */
export async function minMax(x: Float32Array): Promise<MinMax> {
  requireFloat32(x, 'x of minMax')
  const out = new Float64Array(3)
  await settled(addon().minMax(x, out), 'minMax')
  const [min = Infinity, max = -Infinity, nonFinite = 0] = out
  return { min, max, absMax: min > max ? 0 : Math.max(Math.abs(min), Math.abs(max)), nonFinite }
}

/** One range a channel. */
export interface ChannelRanges {
  /** `channels` values; `Infinity` where a channel has no finite element. */
  readonly min: Float32Array
  /** `channels` values; `-Infinity` where a channel has no finite element. */
  readonly max: Float32Array
}

/**
 * Range of the finite elements of each channel of `x`. Exact.
 * @throws {OnnxpressError} `BAD_ARGUMENT`
 */
export async function minMaxPerChannel(x: Float32Array, layout: ChannelLayout): Promise<ChannelRanges> {
  const where = 'minMaxPerChannel'
  requireFloat32(x, `x of ${where}`)
  const lengths = requireLayout(layout, x.length, where)
  const min = allocate(Float32Array, layout.channels, where)
  const max = allocate(Float32Array, layout.channels, where)
  await settled(addon().minMaxPerChannel(x, ...lengths, min, max), where)
  return { min, max }
}
