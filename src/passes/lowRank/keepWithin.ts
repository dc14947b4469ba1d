/**
 * Keeps a factorized model within its budget: where all of what was asked loses too much, less is taken from all layers;
 * where even the least is too much, or a rank was asked for, the guilty layers stay whole.
 */
import { largestWithin, triesOf } from '../accuracy/largestWithin'
import { type Candidate, Sparing, type Verdict } from '../accuracy/sparing'
import type { PassContext } from '../pass'
import { type Attempt, attempt, lessened } from './attempt'
import { applyOutcome, factorLayers, type Outcome } from './factorLayers'
import type { LowRankOptions } from './options'
import { partOf } from './part'
import { Stopwatch } from './stopwatch'
import type { Survey } from './survey'

/** What was asked for is cut into so many parts. */
const PARTS = 8

/** Shares of the pass's progress: where attempts begin, and where layers begin to be spared. */
const BEGIN = 0.3
const SPARING = 0.5

export interface Kept extends Attempt {
  /** Undefined where no accuracy was to be kept, or nobody can tell. */
  readonly verdict: Verdict<Outcome> | undefined
  /** How much of what was asked for is taken, from all layers alike; 1 is all. */
  readonly share: number
}

interface MeasuredAttempt extends Attempt {
  readonly share: number
  readonly measured: Candidate<Outcome>
}

export async function keepWithin(
  context: PassContext,
  survey: Survey,
  options: LowRankOptions,
): Promise<Kept> {
  const { accuracy = {}, advanced = {}, rank } = options
  const stopwatch = (advanced.timing ?? true) ? new Stopwatch(context, survey.inputShapes) : undefined
  if (accuracy === false || context.sampleCount === 0) {
    const made = await attempt(partOf(context, BEGIN, 1), survey, options, stopwatch)
    return { ...made, verdict: undefined, share: 1 }
  }
  const layers = survey.candidates.map(({ layer }) => layer)
  const sparing = await Sparing.of(context, layers, accuracy, applyOutcome)
  const count = rank === undefined ? PARTS : 1
  const tryPart = (index: number, part: PassContext) =>
    attempt(part, survey, lessened(options, (index + 1) / count), stopwatch)
  const { share, timed, measured } = await bestAttempt(context, sparing, count, tryPart)
  const verdict = await sparing.run(measured, (spared) => {
    const others = new Map([...timed.choice].filter(([key]) => !spared.has(key)))
    return factorLayers(partOf(context, 0.9, 1), others, options)
  })
  return { timed, outcome: verdict.outcome, verdict, share }
}

/** The attempt that takes most within the budget, or the one that takes least. */
function bestAttempt(
  context: PassContext,
  sparing: Sparing<Outcome>,
  count: number,
  tryPart: (index: number, part: PassContext) => Promise<Attempt>,
): Promise<MeasuredAttempt> {
  let tries = 0
  const nextPart = () => {
    const [from = BEGIN, to = SPARING] = [tries, ++tries].map(
      (at) => BEGIN + ((SPARING - BEGIN) * at) / triesOf(count),
    )
    return partOf(context, from, to)
  }
  return largestWithin<MeasuredAttempt>({
    count,
    at: async (index) => {
      const made = await tryPart(index, nextPart())
      return { ...made, share: (index + 1) / count, measured: await sparing.measureAll(made.outcome) }
    },
    isWithin: ({ measured }) => sparing.isWithin(measured),
  })
}
