/** Orders of axes, as Transpose's `perm`: axis i of the result is axis p[i] of the input. */
export type Permutation = readonly number[]

export function inverse(p: Permutation): Permutation {
  const order = new Array<number>(p.length)
  for (const [to, from] of p.entries()) order[from] = to
  return order
}

/** One Transpose for two: the order that `first` and then `second` make. */
export function composed(first: Permutation, second: Permutation): Permutation {
  return second.map((axis) => first[axis] as number)
}

export function isIdentity(p: Permutation): boolean {
  return p.every((axis, index) => axis === index)
}

/** What belongs to the axes, in their new order. */
export function permuted<T>(p: Permutation, ofAxes: readonly T[]): T[] {
  return p.map((axis) => ofAxes[axis] as T)
}
