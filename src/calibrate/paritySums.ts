/** Sums of how far tensors are from what they should be, from which signal-to-noise ratio and cosine are made. */
import { errorSums } from '../native'

/** As {@link errorSums} gives them; sums over any number of tensors. */
export interface ParitySums {
  /** Sum of reference². */
  signal: number
  /** Sum of (reference − actual)². */
  noise: number
  /** Sum of reference · actual. */
  dot: number
  /** Sum of actual². */
  energy: number
  maxAbsolute: number
  elements: number
}

export function noSums(): ParitySums {
  return { signal: 0, noise: 0, dot: 0, energy: 0, maxAbsolute: 0, elements: 0 }
}

/** Adds up in `into`. */
export function addSums(into: ParitySums, more: ParitySums): void {
  into.signal += more.signal
  into.noise += more.noise
  into.dot += more.dot
  into.energy += more.energy
  into.maxAbsolute = Math.max(into.maxAbsolute, more.maxAbsolute)
  into.elements += more.elements
}

/** Sums over a pair of tensors. Where both have the same infinity, or NaN, they agree and the pair is left out. */
export async function sumErrors(reference: Float32Array, actual: Float32Array): Promise<ParitySums> {
  const sums = { ...(await errorSums(reference, actual)), elements: reference.length }
  return Number.isFinite(sums.signal + sums.noise + sums.dot + sums.energy)
    ? sums
    : sumFinite(reference, actual)
}

/** Element by element, for the few tensors that hold infinities (masked scores) or NaN. */
function sumFinite(reference: Float32Array, actual: Float32Array): ParitySums {
  const sums = { ...noSums(), elements: reference.length }
  for (const [index, wanted] of reference.entries()) {
    const found = actual[index] as number
    if (Object.is(wanted, found) && !Number.isFinite(wanted)) continue
    if (Number.isFinite(wanted) && Number.isFinite(found)) addPair(sums, wanted, found)
    else sums.noise = sums.maxAbsolute = Number.POSITIVE_INFINITY
  }
  return sums
}

function addPair(sums: ParitySums, wanted: number, found: number): void {
  sums.signal += wanted * wanted
  sums.noise += (wanted - found) ** 2
  sums.dot += wanted * found
  sums.energy += found * found
  sums.maxAbsolute = Math.max(sums.maxAbsolute, Math.abs(wanted - found))
}

/** Signal-to-noise ratio in dB: 10 · log10(signal / noise); Infinity when nothing differs. */
export function snrDb({ signal, noise }: ParitySums): number {
  return noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise)
}

/** Cosine of the angle between reference and actual; 1 when both are all zeros. */
export function cosine({ signal, dot, energy, noise }: ParitySums): number {
  if (noise === 0) return 1
  return signal === 0 || energy === 0 ? 0 : dot / Math.sqrt(signal * energy)
}
