/** Where two tensors choose the same: class by class, token by token. */

/** Positions that were compared, and those at which both sides agreed. */
export interface Agreement {
  equal: number
  positions: number
}

/**
 * Along the last axis, at how many positions the largest element has the same index on both sides. Of equal elements
 * the first is the largest; NaN is larger than nothing. No positions where the last axis has less than two elements.
 */
export function argMaxAgreement(
  reference: Float32Array,
  actual: Float32Array,
  dims: readonly number[],
): Agreement {
  const length = dims.at(-1) ?? 0
  if (length < 2) return { equal: 0, positions: 0 }
  let equal = 0
  for (let start = 0; start < reference.length; start += length) {
    if (argMax(reference, start, length) === argMax(actual, start, length)) equal++
  }
  return { equal, positions: reference.length / length }
}

/** How many elements are the same, for tensors that hold choices already: labels, token ids, texts. */
export function equalElements(reference: ArrayLike<unknown>, actual: ArrayLike<unknown>): Agreement {
  let equal = 0
  for (let index = 0; index < reference.length; index++) if (reference[index] === actual[index]) equal++
  return { equal, positions: reference.length }
}

function argMax(elements: Float32Array, start: number, length: number): number {
  let best = 0
  let largest = Number.NEGATIVE_INFINITY
  for (let index = 0; index < length; index++) {
    const element = elements[start + index] as number
    if (element > largest) {
      largest = element
      best = index
    }
  }
  return best
}
