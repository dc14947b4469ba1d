/** The ranking of layers that a pass's details may hold. */

export interface RankedLayer {
  readonly name: string
  readonly db: number
}

/** Layers, the worst first. */
export interface Ranking {
  /** What the numbers say. */
  readonly title: string
  readonly layers: readonly RankedLayer[]
}

/** The numbers that a layer may come with, and whether the largest is the worst. */
const MEASURES = [
  { key: 'lossDb', title: 'layers by the loss that each causes alone', worst: 'largest' },
  { key: 'snrDb', title: 'layers by the signal-to-noise ratio that each leaves alone', worst: 'smallest' },
] as const

/** `details.layers`, if it is a list of `{ name, lossDb }` or `{ name, snrDb }`. */
export function rankingOf(details: Readonly<Record<string, unknown>> | undefined): Ranking | undefined {
  const all = details?.layers
  if (!Array.isArray(all)) return undefined
  for (const { key, title, worst } of MEASURES) {
    const layers = all.flatMap((layer) => ranked(layer, key))
    if (layers.length === 0) continue
    layers.sort((a, b) => (worst === 'largest' ? b.db - a.db : a.db - b.db))
    return { title, layers }
  }
  return undefined
}

function ranked(layer: unknown, key: string): RankedLayer | [] {
  const { name, [key]: db } = (layer ?? {}) as Record<string, unknown>
  return typeof name === 'string' && typeof db === 'number' && Number.isFinite(db) ? { name, db } : []
}
