/** What becomes of a model when the selected groups go: worked out first, then applied to it or to a copy. */
import type { GramStore } from '../../../calibrate/gramStore'
import type { PassContext, Skip } from '../../pass'
import type { Consumer } from './grams'
import type { Groups } from './groups'
import { refit } from './refit'
import { remainderUpdates } from './remainders'
import { Kept } from './remove/kept'
import { removeChannels, type Update } from './remove/removeChannels'

/** New weights and biases of what stays. */
export interface Removal {
  /** Of each graph, by the position of the node. */
  readonly updates: readonly ReadonlyMap<number, Update>[]
  /** How many layers were fitted anew. */
  readonly fittedLayers: number
  readonly skipped: readonly Skip[]
}

export interface RemovalInputs {
  readonly groups: Groups
  readonly consumers: readonly Consumer[]
  /** What layers read, where they are to be fitted anew. */
  readonly grams: GramStore | undefined
}

/** Looks at what is removed of the groups; the graphs stay as they are. */
export async function planRemoval(
  { signal }: PassContext,
  { groups, consumers, grams }: RemovalInputs,
  progress: (ratio: number) => void,
): Promise<Removal> {
  const updates: Map<number, Update>[] = []
  const skipped: Skip[] = []
  let fittedLayers = 0
  const onLayer = (ratio: number) => {
    signal.throwIfAborted()
    progress(ratio)
  }
  for (const analysis of groups.analyses) {
    signal.throwIfAborted()
    const kept = new Kept(analysis, groups.removedFrom(analysis))
    const { nodes } = analysis.drawing.graph
    const position = new Map(nodes.map((node, at) => [node, at]))
    const fitted = grams && (await refit(kept, consumers, grams, onLayer))
    const all = [...(await remainderUpdates(kept)), ...(fitted?.updates ?? [])]
    updates.push(new Map(all.map(([node, update]) => [position.get(node) as number, update])))
    skipped.push(...(fitted?.skipped ?? []))
    fittedLayers += fitted?.updates.size ?? 0
  }
  return { updates, fittedLayers, skipped }
}

/**
 * Takes out what is removed of the groups.
 * @param groups of the model that the removal was planned on, or of a copy
 */
export function applyRemoval(groups: Groups, { updates }: Removal): void {
  for (const [at, analysis] of groups.analyses.entries()) {
    const { graph } = analysis.drawing
    const { nodes } = graph
    const kept = new Kept(analysis, groups.removedFrom(analysis))
    const own = [...(updates[at] ?? [])].flatMap(([position, update]) => {
      const node = nodes[position]
      return node ? [[node, update] as const] : []
    })
    removeChannels(graph, kept, new Map(own))
  }
}
