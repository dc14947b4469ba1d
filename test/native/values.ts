/** Inputs for the tests of this folder. */
import { types } from 'node:util'
import type { ChannelLayout } from '../../src/native'

/** Numbers of a plain generator (mulberry32), so that a failure repeats. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Values around 0 of many magnitudes. */
export function values(length: number, seed = 1): Float32Array {
  const next = random(seed)
  return Float32Array.from({ length }, () => (next() - 0.5) * 2 ** (next() * 12 - 6))
}

/** The same with NaN, infinities, both zeros and denormals strewn in. */
export function wild(length: number, seed = 1): Float32Array {
  const specials = [Number.NaN, Infinity, -Infinity, 0, -0, 1e-42, 3.4e38]
  return values(length, seed).map((v, i) => (i % 5 === 3 ? (specials[i % specials.length] ?? v) : v))
}

/** Layouts with short and long runs. */
export const layouts: ChannelLayout[] = [
  { outer: 1, channels: 1, inner: 37 },
  { outer: 1, channels: 6, inner: 9 },
  { outer: 40, channels: 19, inner: 1 },
  { outer: 2, channels: 3, inner: 100 },
  { outer: 1, channels: 2, inner: 70_001 },
  { outer: 30_000, channels: 3, inner: 1 },
]

export function sizeOf({ outer, channels, inner }: ChannelLayout): number {
  return outer * channels * inner
}

/** The channel of element `index`. */
export function channelOf({ channels, inner }: ChannelLayout, index: number): number {
  return Math.floor(index / inner) % channels
}

/** What a rejected promise was rejected with. */
export async function refusal(promise: Promise<unknown>): Promise<{ code?: string; message: string }> {
  try {
    await promise
  } catch (error) {
    if (types.isNativeError(error)) return error
    throw error
  }
  throw new Error('Expected the promise to be rejected')
}

/** The first place where two lists of numbers differ, -0 from 0 too; quick where `toEqual` takes seconds. */
export function difference(got: ArrayLike<number>, want: ArrayLike<number>): string | undefined {
  if (got.length !== want.length) return `${got.length} elements, not ${want.length}`
  for (let i = 0; i < got.length; i++) {
    if (!Object.is(got[i], want[i])) return `element ${i} is ${got[i]}, not ${want[i]}`
  }
  return undefined
}
