/** Times candidates side by side. */
import type { EngineSession } from '../../native'
import type { Step } from '../plan/step'
import type { WeightStore } from '../plan/weights'
import type { RunTimes } from './runTimes'
import { type Trial, trialOf } from './trial'
import { TrialBuffers } from './trialBuffers'

/** Turns that a candidate is timed at most; the least time counts. */
const TURNS = 5

/** One that has taken so much longer than the fastest is out: after one turn, and after more. */
const HOPELESS_AT_ONCE = 1.5
const HOPELESS = 1.1

/** What a first run says of a candidate that takes less is mostly that it was the first. */
const SHORT_SECONDS = 5e-3

/** Once it has run so long, what it takes is known. */
const ENOUGH_SECONDS = 20e-3

/** The candidates of each of some steps, timed. */
export async function timedTrials(
  steps: readonly (readonly Step[])[],
  session: EngineSession,
  weights: WeightStore,
): Promise<Trial[][]> {
  const buffers = new TrialBuffers(steps.flat())
  const trials = await Promise.all(
    steps.map((all) => Promise.all(all.map((step) => trialOf(step, buffers, session, weights)))),
  )
  await time(trials)
  buffers.free()
  return trials
}

/**
 * Candidates take turns in passes over all steps, not step by step: so weights come from as far away as in a run, which is
 * where those without zeros gain most.
 */
export async function time(trials: readonly Trial[][]): Promise<void> {
  const most = Math.max(...trials.map((each) => each.length), 0)
  for (let turn = 0; turn < TURNS; turn++) {
    const open = trials.map((all) => all.map((trial) => hasHope(trial, all)))
    for (let candidate = 0; candidate < most; candidate++) {
      for (const [index, all] of trials.entries()) {
        if (open[index]?.[candidate]) await all[candidate]?.run()
      }
    }
  }
}

/** Whether timing it again may change anything: it may still be the fastest, and is not the only one that may. */
function hasHope({ times }: Trial, all: readonly Trial[]): boolean {
  if (times.count === 0) return true
  const least = Math.min(...all.map((each) => each.times.least))
  const isNear = (each: RunTimes) => each.least <= hopeless(each) * least
  const isKnown = times.count > 1 && times.sum > ENOUGH_SECONDS
  return !isKnown && isNear(times) && all.some((other) => other.times !== times && isNear(other.times))
}

function hopeless({ count, least }: RunTimes): number {
  if (count > 1) return HOPELESS
  return least < SHORT_SECONDS ? Number.POSITIVE_INFINITY : HOPELESS_AT_ONCE
}
