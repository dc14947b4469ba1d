import { type Context, malformed } from './context'

/** Beyond this many elements no file can hold a tensor, and products stay exact. */
const MOST_ELEMENTS = 2 ** 48

/**
 * Sizes of axes as numbers.
 * @throws OnnxpressError `BAD_MODEL` for negative sizes, and for sizes or products that no file can hold.
 */
export function toShape(dims: readonly bigint[], context: Context, offset: number, name: string): number[] {
  const shape = dims.map((size) => {
    if (size >= 0n && size <= MOST_ELEMENTS) return Number(size)
    throw malformed(
      context,
      `Expected axes of 0 to 2^48 elements, found ${size} in tensor ${JSON.stringify(name)}`,
      offset,
      name,
    )
  })
  let elements = 1
  for (const size of shape) {
    elements *= Math.max(size, 1)
    if (elements > MOST_ELEMENTS) {
      const message = `Expected at most 2^48 elements, found more in tensor ${JSON.stringify(name)}`
      throw malformed(context, message, offset, name)
    }
  }
  return shape
}
