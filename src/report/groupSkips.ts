/** What was left alone, by reason. */
import type { Skip } from '../passes/pass'

export interface SkipGroup {
  readonly reason: string
  /** Names of nodes and values. */
  readonly places: readonly string[]
}

/** Groups by reason, the commonest first. */
export function groupSkips(skipped: readonly Skip[]): SkipGroup[] {
  const groups = new Map<string, string[]>()
  for (const { at, reason } of skipped) {
    const places = groups.get(reason)
    if (places) places.push(at)
    else groups.set(reason, [at])
  }
  return [...groups]
    .map(([reason, places]) => ({ reason, places }))
    .sort((a, b) => b.places.length - a.places.length)
}
