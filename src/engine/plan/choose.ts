/** Of several kernels for a step, the one that is fastest here: each is timed once on the real shape. */
import { cpu, type EngineSession } from '../../native'
import { growthOf, type Wish, within } from './growth'
import { Slot } from './slot'
import type { Step } from './step'
import { type Trial, trialOf } from './trial'
import { TrialBuffers } from './trialBuffers'
import type { WeightSource, WeightStore } from './weights'

/** Turns that a candidate is timed at most, after one to warm up; the least time counts. */
const TURNS = 4

/** One that has taken this much longer than the fastest, in so few turns, is out. */
const HOPELESS = 1.1

/** A dense kernel gives way only to one that is faster by more than what timing is off by. */
const MARGIN = 0.97

/** What was found before, in this process: by kernel, shape, zeros, threads and instruction set; one a candidate. */
const found = new Map<string, readonly Found[]>()

interface Found {
  /** Of its fastest run; Infinity where it did not look as if it could win. */
  readonly seconds: number
  /** Memory that its weights take. */
  readonly bytes: number
}

/** A step with the other kernels that it could have. */
interface Choice {
  /** The dense one first. */
  readonly all: readonly Step[]
  readonly key: string
}

/** The steps, each with the fastest of its kernels that memory is there for. Weights that lose are let go. */
export async function chooseKernels(
  steps: readonly Step[],
  session: EngineSession,
  weights: WeightStore,
  threads: number,
): Promise<Step[]> {
  const choices = steps.map((step) => choiceOf(step, threads))
  const open = choices.filter(({ all, key }) => all.length > 1 && !found.has(key))
  const timed = [...new Map(open.map((choice) => [choice.key, choice])).values()]
  const trials = await timedTrials(timed, session, weights)
  for (const [index, { key }] of timed.entries()) found.set(key, (trials[index] ?? []).map(foundIn))
  const chosen = within(growthOf(steps), choices.map(fastest))
  for (const [index, choice] of timed.entries())
    letGo(trials[index] ?? [], chosen[choices.indexOf(choice)] ?? 0, weights)
  return choices.map(({ all }, index) => all[chosen[index] ?? 0] ?? (steps[index] as Step))
}

function foundIn({ least, bytes }: Trial): Found {
  return { seconds: least, bytes }
}

/** The fastest candidate of a step, and what to do where its weights are too large. */
function fastest({ key }: Choice): Wish {
  const all = found.get(key) ?? []
  const dense = all[0] ?? { seconds: 0, bytes: 0 }
  const by = (fits: (candidate: Found) => boolean) =>
    all.reduce((at, candidate, index) => {
      const bound = (all[at]?.seconds ?? 0) * (at === 0 ? MARGIN : 1)
      return fits(candidate) && candidate.seconds < bound ? index : at
    }, 0)
  const [wanted, modest] = [by(() => true), by(({ bytes }) => bytes <= dense.bytes)]
  const [large, small] = [all[wanted] ?? dense, all[modest] ?? dense]
  return {
    wanted,
    modest,
    bytes: wanted === modest ? 0 : large.bytes - dense.bytes,
    seconds: small.seconds - large.seconds,
  }
}

function choiceOf(step: Step, threads: number): Choice {
  const all = [step, ...variantsOf(step)]
  const notes = all.map(({ note }) => note)
  return { all, key: [cpu().isa, threads, step.kernel, step.parameters, notes].join(';') }
}

/** The step by each of its other kernels. */
export function variantsOf(step: Step): Step[] {
  const { alternatives = [], ...rest } = step
  return alternatives.map(({ kernel, weights, note }) => {
    const inputs = step.inputs.map((slot, index) => (index === 1 ? Slot.constant(weights, 0) : slot))
    return { ...rest, kernel, inputs, note }
  })
}

async function timedTrials(
  choices: readonly Choice[],
  session: EngineSession,
  weights: WeightStore,
): Promise<Trial[][]> {
  const buffers = new TrialBuffers(choices.flatMap(({ all }) => all))
  const trials = await Promise.all(
    choices.map(({ all }) => Promise.all(all.map((step) => trialOf(step, buffers, session, weights)))),
  )
  await time(trials)
  buffers.free()
  return trials
}

/**
 * Candidates take turns in passes over all steps, not step by step: so weights come from as far away as in a run, which is
 * where those without zeros gain most.
 */
async function time(trials: readonly Trial[][]): Promise<void> {
  const most = Math.max(...trials.map((each) => each.length), 0)
  for (let turn = 0; turn <= TURNS; turn++) {
    const open = trials.map((all) => all.map((trial) => hasHope(trial, all)))
    for (let candidate = 0; candidate < most; candidate++) {
      for (const [index, all] of trials.entries()) {
        if (open[index]?.[candidate]) await all[candidate]?.run(turn === 0)
      }
    }
  }
}

/** Whether timing it again may change anything: it may still be the fastest, and is not the only one that may. */
function hasHope(trial: Trial, all: readonly Trial[]): boolean {
  const bound = HOPELESS * Math.min(...all.map(({ least }) => least))
  return trial.least <= bound && all.some((other) => other !== trial && other.least <= bound)
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
