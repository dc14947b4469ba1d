import { uniformNumbers } from './random'

/**
 * At most `limit` of the positions 0 … `total` − 1, rising, spread evenly: one by chance from each of `limit` stretches.
 * By chance, since every k-th position of an image may be the same column in every row.
 */
export function samplePositions(total: number, limit: number, seed: number): Int32Array {
  if (total <= limit) return Int32Array.from({ length: total }, (_, index) => index)
  const random = uniformNumbers(seed)
  return Int32Array.from({ length: limit }, (_, index) => {
    const from = Math.floor((index * total) / limit)
    const end = Math.floor(((index + 1) * total) / limit)
    return from + Math.floor(random() * (end - from))
  })
}
