/**
 * Keeps a model that loses channels within its budget: all that was asked for first; where that loses too much, bisection
 * finds the largest of the lesser selections that does not. Losses grow along these, or nearly so, and whatever is chosen
 * was measured.
 */
import type { AccuracyOptions } from '../../accuracy/accuracyOptions'
import { budgetOf } from '../../accuracy/allowance'
import { type Budget, describeBudget, excess } from '../../accuracy/budget'
import { largestWithin, triesOf } from '../../accuracy/largestWithin'
import type { Measurement, PassContext } from '../../pass'
import { lesserSelections } from './givingBack'
import type { Groups } from './groups'
import type { ChannelsOptions } from './options'
import { applyRemoval, planRemoval, type Removal, type RemovalInputs } from './removal'
import { type Choice, costsOf } from './select'

/** A selection that was measured. */
interface Candidate {
  readonly selected: readonly number[]
  readonly removal: Removal
  readonly measured: Measurement
}

export interface Verdict extends Candidate {
  readonly isWithinBudget: boolean
  /** The budget in words. */
  readonly budget: string
  readonly measuredCandidates: number
  /** How many groups were asked for. */
  readonly asked: number
}

interface LesseningInputs extends RemovalInputs {
  /** From nothing to all that was asked for. */
  readonly selections: readonly (readonly number[])[]
  /** The groups of a copy of the model. */
  readonly groupsOf: (copy: PassContext['model']) => Groups
}

/** Chooses among all that is selected and less; nothing where no accuracy is to be kept, or nobody can tell. */
export async function keepWithin(
  context: PassContext,
  options: ChannelsOptions,
  choice: Choice,
  inputs: Omit<LesseningInputs, 'groups' | 'selections'>,
): Promise<Verdict | undefined> {
  const { groups } = choice
  const { accuracy = {} } = options
  if (accuracy === false || context.sampleCount === 0 || groups.removedCount === 0) return undefined
  const selections = lesserSelections(choice, costsOf(choice, options))
  const budget = await budgetOf(context, accuracy)
  return new Lessening(context, { ...inputs, groups, selections }, budget, accuracy).run()
}

/** Where the search begins, as a share of the pass's progress. */
const BEGIN = 0.5

class Lessening {
  private measurements = 0

  constructor(
    private readonly context: PassContext,
    private readonly inputs: LesseningInputs,
    private readonly budget: Budget,
    private readonly options: AccuracyOptions,
  ) {}

  /** Leaves the groups as chosen. */
  async run(): Promise<Verdict> {
    const chosen = await largestWithin<Candidate>({
      count: this.inputs.selections.length,
      at: (index) => this.measure(index),
      isWithin: (candidate) => this.isWithin(candidate),
    })
    return this.verdict(chosen)
  }

  private async measure(index: number): Promise<Candidate> {
    const { context, inputs } = this
    const selected = inputs.selections[index] ?? []
    this.select(selected)
    const most = triesOf(inputs.selections.length)
    const progress = (ratio: number, what: string) =>
      context.progress(BEGIN + ((1 - BEGIN) * (this.measurements + ratio)) / most, what)
    const removal = await planRemoval(context, inputs, (ratio) => progress(ratio / 2, 'fitting layers anew'))
    progress(0.5, 'measuring what is lost')
    const copy = context.model.clone()
    const groups = inputs.groupsOf(copy)
    groups.remove(selected)
    applyRemoval(groups, removal)
    const measured = await context.runtime.measure(copy, this.samples)
    context.signal.throwIfAborted()
    this.measurements++
    return { selected, removal, measured }
  }

  private select(selected: readonly number[]): void {
    const { groups, selections } = this.inputs
    groups.restore((selections.at(-1) ?? []).filter((group) => !groups.has(group)))
    groups.remove(selected)
  }

  private get samples(): number {
    return Math.min(this.options.searchSamples ?? 64, this.context.sampleCount)
  }

  private isWithin({ measured }: Candidate): boolean {
    return excess(this.budget, measured) <= 0
  }

  private verdict(chosen: Candidate): Verdict {
    this.select(chosen.selected)
    return {
      ...chosen,
      isWithinBudget: this.isWithin(chosen),
      budget: describeBudget(this.budget),
      measuredCandidates: this.measurements,
      asked: this.inputs.selections.at(-1)?.length ?? 0,
    }
  }
}
