/** What pruning says about itself in the report. */
import { parameterCount } from '../../../analysis'
import type { Whole } from '../../../analysis/channels'
import type { Model } from '../../../ir'
import type { Skip } from '../../pass'
import { modelBytes } from '../../simplify/budget'
import type { Groups } from './groups'
import type { Verdict } from './lessening'

/** A model's size; multiply-accumulates of one sample are undefined where they are not known of all nodes. */
export interface Size {
  readonly macs: number | undefined
  readonly parameters: number
  readonly bytes: number
}

export function sizeOf(model: Model, macs: number | undefined): Size {
  return { macs: macs && Math.round(macs), parameters: parameterCount(model), bytes: modelBytes(model) }
}

/** A layer's width, before and after. */
export interface FamilyDetails {
  /** The layer that makes the channels first. */
  readonly layer: string
  readonly opType: string
  /** Channels of that layer's output that could go at all. */
  readonly channels: { readonly before: number; readonly after: number }
  /** How many layers make channels that go together with these. */
  readonly layers: number
}

export function familyDetails(groups: Groups): FamilyDetails[] {
  return groups.families.map((family) => {
    const left = family.groups.filter((group) => groups.has(group)).length
    const channels = { before: family.groups.length * family.perGroup, after: left * family.perGroup }
    return { layer: family.root.label, opType: family.root.opType, channels, layers: family.made.length }
  })
}

/** What was to go of a layer and stays for the budget's sake. */
export function givenBackSkips(asked: readonly FamilyDetails[], now: readonly FamilyDetails[]): Skip[] {
  return now.flatMap(({ layer, channels: { before, after } }, at) => {
    const wanted = before - (asked[at]?.channels.after ?? after)
    const stay = wanted - (before - after)
    const reason = `${stay} of the ${wanted} channels that were to go stay: without them it would cost more than the budget`
    return stay > 0 ? [{ at: layer, reason }] : []
  })
}

/** How the budget bore on it. */
export function verdictDetails(verdict: Verdict, removed: number): Record<string, unknown> {
  const { budget, isWithinBudget, measured, measuredCandidates, asked } = verdict
  return { budget, withinBudget: isWithinBudget, measured, measuredCandidates, groups: { asked, removed } }
}

/** Before and after, by what is measured; without what is not known. */
export function sizeDetails(before: Size, after: Size): Record<string, { before: number; after: number }> {
  const keys = ['macs', 'parameters', 'bytes'] as const
  return Object.fromEntries(
    keys.flatMap((key) => {
      const [was, is] = [before[key], after[key]]
      return was === undefined || is === undefined ? [] : [[key, { before: was, after: is }]]
    }),
  )
}

/** Why a layer keeps its channels, or some. */
export function wholeSkip({ node, reason, kept, of }: Whole): Skip {
  return { at: node.label, reason: kept === of ? reason : `some of its channels stay: ${reason}` }
}
