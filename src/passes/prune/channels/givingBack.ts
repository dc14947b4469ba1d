/**
 * The order in which what was selected would be given back, where it costs too much: width by width, what matters most for
 * what it saves comes first. Selections that do less and less follow from it.
 */
import { byImportance } from './byRatio'
import type { Costs } from './costs'
import type { Groups } from './groups'
import type { Choice } from './select'
import type { Widths } from './widths'

interface Step {
  readonly groups: readonly number[]
  readonly saved: number
}

/** How finely the savings are cut. */
const LEVELS = 16

/**
 * Selections between nothing and all that is removed now, which they part into about equal savings: the first is empty, the
 * last is everything. The groups stay as they are.
 */
export function lesserSelections(choice: Choice, costs: Costs): number[][] {
  const steps = stepsBack(choice, costs)
  const total = steps.reduce((sum, { saved }) => sum + saved, 0)
  const selections: number[][] = [[]]
  let [selected, saved]: [number[], number] = [[], 0]
  for (const step of steps.reverse()) {
    selected = [...selected, ...step.groups]
    saved += step.saved
    if (saved >= (total * selections.length) / LEVELS) selections.push(selected)
  }
  if (selections.at(-1) !== selected) selections.push(selected)
  return selections
}

/** From what is given back first to what is given back last. */
function stepsBack(choice: Choice, costs: Costs): Step[] {
  const { groups } = choice
  const steps: Step[] = []
  for (let step = dearest(choice, costs); step; step = dearest(choice, costs)) {
    groups.restore(step.groups)
    steps.push(step)
  }
  groups.remove(steps.flatMap((step) => step.groups))
  return steps
}

function dearest({ groups, widths, importance }: Choice, costs: Costs): Step | undefined {
  let found: (Step & { readonly price: number }) | undefined
  for (const width of widths) {
    const chosen = nextBack(groups, width, importance)
    if (chosen.length === 0) continue
    groups.restore(chosen)
    const saved = costs.saving(chosen)
    groups.remove(chosen)
    const lost = chosen.reduce((sum, group) => sum + (importance[group] as number), 0)
    const price = saved > 0 ? lost / saved : Number.POSITIVE_INFINITY
    if (!found || price > found.price) found = { groups: chosen, saved, price }
  }
  return found
}

/** The most important of a family that lead to its next wider step; none where nothing of it is gone. */
function nextBack(groups: Groups, { family, steps }: Widths, importance: Float64Array): number[] {
  const gone = family.groups.filter((group) => !groups.has(group))
  const left = family.groups.length - gone.length
  const wider = steps.findLast((step) => step > left) ?? left
  return byImportance(gone, importance).slice(gone.length - (wider - left))
}
