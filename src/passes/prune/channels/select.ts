/** What is to go, by the budget that was given. */
import { badArgument } from '../../../errors'
import type { Node } from '../../../ir'
import type { Skip } from '../../pass'
import { selectByBudget } from './byBudget'
import { selectByRatio } from './byRatio'
import { Costs } from './costs'
import type { Groups } from './groups'
import type { KnownMacs } from './macs'
import { budgetOf, type ChannelsOptions } from './options'
import type { Widths } from './widths'

export interface Choice {
  readonly groups: Groups
  readonly widths: readonly Widths[]
  readonly importance: Float64Array
  readonly macs: Costs
  readonly known: KnownMacs
}

/**
 * Removes groups; says where that cannot be as asked.
 * @throws OnnxpressError `BAD_ARGUMENT` when no removal reaches the budget, or nobody knows what it is about.
 */
export function select(choice: Choice, options: ChannelsOptions, multipleOf: number): Skip[] {
  const { groups, widths, importance, known } = choice
  const budget = budgetOf(options)
  if (budget.of === 'ratio')
    return selectByRatio(groups, widths, importance, { ratio: budget.share, multipleOf })
  const [unknown] = known.unknown
  if (budget.of === 'macs' && unknown) throw needsSizes(unknown)
  selectByBudget(groups, widths, importance, { costs: costsOf(choice, options), budget })
  return []
}

/** What savings are told in: parameters where these are asked for, or multiply-accumulates are not known. */
export function costsOf({ groups, macs, known }: Choice, options: ChannelsOptions): Costs {
  const isByMacs = budgetOf(options).of !== 'parameters' && known.unknown.length === 0
  return isByMacs ? macs : new Costs(groups, 'parameters', known.macsOf)
}

function needsSizes(node: Node): Error {
  return badArgument(
    'samples, or inputs of known size,',
    'macs of prune.channels',
    `a model that leaves open what ${node.label} costs`,
  )
}
