// How far one tensor is from another, and how far it may be.

/** Quantization steps; of other integers nothing may differ. */
const EIGHT_BITS = ['int8', 'uint8']
const MOST_STEPS = 1
/** Of floats, relative to the tensor's largest element. */
const MOST_RELATIVE = 1e-4

/**
 * `most` is in quantization steps where elements are integers, for floats relative to the largest of `expected`.
 * @returns {{ type: string, most: number, differing: number, elements: number }}
 */
export function difference(expected, actual) {
  const { type, dims, data } = expected
  if (!actual || actual.type !== type || `${actual.dims}` !== `${dims}`)
    return { type, most: Number.POSITIVE_INFINITY, differing: data.length, elements: data.length }
  let [most, largest, differing] = [0, 0, 0]
  for (let at = 0; at < data.length; at++) {
    const [x, y] = [Number(data[at]), Number(actual.data[at])]
    if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x))
    if (Object.is(x, y) || x === y) continue
    differing++
    const off = Math.abs(x - y)
    most = Math.max(most, Number.isNaN(off) ? Number.POSITIVE_INFINITY : off)
  }
  const unit = isFloat(type) && most > 0 ? largest : 1
  return { type, most: most / unit, differing, elements: data.length }
}

export const isFloat = (type) => type.startsWith('float')

export const isEightBits = (type) => EIGHT_BITS.includes(type)

export function isWithin({ type, most }) {
  return most <= (isFloat(type) ? MOST_RELATIVE : isEightBits(type) ? MOST_STEPS : 0)
}
