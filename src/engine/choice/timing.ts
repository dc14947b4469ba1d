/** Times candidates side by side. */
import type { EngineSession } from '../../native'
import type { Step } from '../plan/step'
import type { WeightStore } from '../plan/weights'
import { type Trial, trialOf } from './trial'
import { TrialBuffers } from './trialBuffers'

/** Turns that a candidate is timed at most, after one to warm up; the least time counts. */
const TURNS = 4

/** One that has taken this much longer than the fastest, in so few turns, is out. */
const HOPELESS = 1.1

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
