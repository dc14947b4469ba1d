/** Of several kernels for a step, the one that is fastest here: those that may be are timed once on the real shape. */
import type { EngineSession } from '../../native'
import { Slot } from '../plan/slot'
import type { Alternative, Step } from '../plan/step'
import { TimingNeeded } from '../plan/unplannable'
import type { WeightSource, WeightStore } from '../plan/weights'
import { costOf, promising } from './cost'
import { growthOf, type Wish, within } from './growth'
import { processor } from './processor'
import { timedTrials } from './timing'
import type { Trial } from './trial'

/** A dense kernel gives way only to one that is faster by more than what timing is off by. */
const MARGIN = 0.97

/** Densities that are no further apart are as good as the same. */
const DENSITY_STEP = 0.05

/** What was found before, in this process; one a candidate. */
const found = new Map<string, readonly Found[]>()

/** Of more shapes the first are forgotten: images may come in any size. */
const MOST_FOUND = 10_000

interface Found {
  /** Of its fastest run; Infinity where it did not look as if it could win. */
  readonly seconds: number
  /** Memory that its weights take. */
  readonly bytes: number
}

/** The kernels of a step that may be the fastest. */
interface Choice {
  /** The dense one first, if it is among them. */
  readonly all: readonly Step[]
  readonly isDense: boolean
  /** What those behind it take beside it, where it is not timed. */
  readonly costs: readonly (number | undefined)[] | undefined
  /** The same for steps of which the same is fastest, as far as one can tell: timed once. */
  readonly key: string
}

/**
 * The steps, each with the fastest of its kernels that memory is there for. Weights that lose are let go.
 * @throws TimingNeeded where kernels may not be timed, and some would have to be
 */
export async function chooseKernels(
  steps: readonly Step[],
  session: EngineSession,
  weights: WeightStore,
  threads: number,
  mayTime: boolean,
): Promise<Step[]> {
  if (!steps.some(({ alternatives }) => alternatives?.length)) return [...steps]
  const choices = steps.map((step) => choiceOf(step, threads))
  const open = choices.filter(({ all, key }) => all.length > 1 && !found.has(key))
  if (open.length > 0 && !mayTime) throw new TimingNeeded()
  const timed = [...new Map(open.map((choice) => [choice.key, choice])).values()]
  const trials = await timedTrials(timed.map(kernelsToTime), session, weights)
  for (const [index, choice] of timed.entries()) remember(choice.key, foundOf(choice, trials[index] ?? []))
  const wishes = choices.map(fastest)
  const isLarger = wishes.some(({ wanted, modest }) => wanted !== modest)
  const chosen = isLarger ? within(growthOf(steps), wishes) : wishes.map(({ wanted }) => wanted)
  for (const [index, choice] of timed.entries()) {
    const kernel = choice.all[chosen[choices.indexOf(choice)] ?? 0]
    letGo(trials[index] ?? [], kernelsToTime(choice).indexOf(kernel as Step), weights)
  }
  return choices.map(({ all }, index) => all[chosen[index] ?? 0] ?? (steps[index] as Step))
}

function remember(key: string, all: readonly Found[]): void {
  const [oldest] = found.keys()
  if (found.size >= MOST_FOUND && oldest !== undefined) found.delete(oldest)
  found.set(key, all)
}

function kernelsToTime({ all, costs }: Choice): readonly Step[] {
  return costs ? all.slice(1) : all
}

/** What was found of all kernels; of a dense one that was not timed, what it would have taken by what others cost beside it. */
function foundOf({ all, costs }: Choice, trials: readonly Trial[]): Found[] {
  const found = trials.map(({ times, bytes }) => ({ seconds: times.least, bytes }))
  if (!costs) return found
  const bytes = all[0]?.inputs[1]?.root.constant?.tensor.byteLength ?? 0
  const seconds = Math.min(...found.map((each, index) => each.seconds / (costs[index] ?? 0)))
  return [{ seconds, bytes }, ...found]
}

/** The fastest candidate of a step, and what to do where its weights are too large. */
function fastest({ key, isDense }: Choice): Wish {
  const all = found.get(key) ?? []
  const first = all[0] ?? { seconds: 0, bytes: 0 }
  const most = isDense ? first.bytes : Number.POSITIVE_INFINITY
  const by = (fits: (candidate: Found) => boolean) =>
    all.reduce((at, candidate, index) => {
      const bound = (all[at]?.seconds ?? 0) * (isDense && at === 0 ? MARGIN : 1)
      return fits(candidate) && candidate.seconds < bound ? index : at
    }, 0)
  const [wanted, modest] = [by(() => true), by(({ bytes }) => bytes <= most)]
  const [large, small] = [all[wanted] ?? first, all[modest] ?? first]
  return {
    wanted,
    modest,
    bytes: wanted === modest ? 0 : large.bytes - most,
    seconds: small.seconds - large.seconds,
  }
}

function choiceOf(step: Step, threads: number): Choice {
  if (!step.alternatives?.length) return { all: [step], isDense: true, costs: undefined, key: '' }
  const { isDense, isBeaten, others } = promising(step)
  const all = [...(isDense ? [step] : []), ...others.map((each) => variantOf(step, each))]
  const bytes = [...step.inputs, ...step.outputs].map((slot) => slot.bytes)
  const kinds = others.map(({ kernel, weights: { form, parameters }, density = 1 }) =>
    [kernel, form, parameters, Math.round(density / DENSITY_STEP)].join(),
  )
  const key = [processor().isa, threads, step.kernel, isDense, isBeaten, bytes, ...kinds].join(';')
  const costs = isDense && isBeaten ? others.map(costOf) : undefined
  return { all, isDense, costs, key }
}

/** The step by each of its other kernels. */
export function variantsOf(step: Step): Step[] {
  return (step.alternatives ?? []).map((each) => variantOf(step, each))
}

function variantOf(step: Step, { kernel, weights, note }: Alternative): Step {
  const { alternatives: _, ...rest } = step
  const inputs = step.inputs.map((slot, index) => (index === 1 ? Slot.constant(weights, 0) : slot))
  return { ...rest, kernel, inputs, note }
}

function letGo(trials: readonly Trial[], chosen: number, weights: WeightStore): void {
  for (const { release, packed } of trials) {
    release()
    if (packed && !isSame(packed, trials[chosen]?.packed)) weights.drop(packed)
  }
}

/** Several kernels may read the same form. */
function isSame(a: WeightSource, b: WeightSource | undefined): boolean {
  return a.tensor === b?.tensor && a.form === b.form && `${a.parameters}` === `${b.parameters}`
}
