/** How much of what was asked for keeps a model within its budget. */

/** Amounts that can be tried, 0 the least. */
export interface Amounts<Candidate> {
  readonly count: number
  /** Tries an amount. */
  at(index: number): Promise<Candidate>
  isWithin(candidate: Candidate): boolean
}

/**
 * Tries the largest amount, then bisects: losses grow with what is taken, or nearly so. What is returned was tried: the
 * largest found within the budget, or the least amount where none is.
 */
export async function largestWithin<Candidate>(amounts: Amounts<Candidate>): Promise<Candidate> {
  const last = amounts.count - 1
  const most = await amounts.at(last)
  if (last === 0 || amounts.isWithin(most)) return most
  let [low, high] = [-1, last]
  let found: Candidate | undefined
  let tried = most
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    tried = await amounts.at(middle)
    if (amounts.isWithin(tried)) [low, found] = [middle, tried]
    else high = middle
  }
  return found ?? tried
}

/** How many amounts are tried at most. */
export function triesOf(count: number): number {
  return count <= 1 ? 1 : 1 + Math.ceil(Math.log2(count))
}
