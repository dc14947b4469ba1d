/** Of several kernels for a step, the one that is fastest here: each is timed once on the real shape. */
import { cpu, type EngineSession, engineProgram, engineRelease, engineRun } from '../../native'
import { Slot } from './slot'
import type { Step } from './step'
import { rawSource, type WeightSource, type WeightStore } from './weights'

/** Turns that a candidate is timed at most, after one to warm up; the least time counts. */
const TURNS = 4

/** One that has taken this much longer than the fastest, in so few turns, is out. */
const HOPELESS = 1.1

/** A dense kernel gives way only to one that is faster by more than what timing is off by. */
const MARGIN = 0.97

/** What was found before, in this process: by kernel, shape, zeros, threads and instruction set. */
const found = new Map<string, number>()

/** A step with the other kernels that it could have. */
interface Choice {
  /** The dense one first. */
  readonly all: readonly Step[]
  readonly key: string
}

/** The steps, each with the fastest of its kernels. Weights that lose are let go. */
export async function chooseKernels(
  steps: readonly Step[],
  session: EngineSession,
  weights: WeightStore,
  threads: number,
): Promise<Step[]> {
  const choices = steps.map((step) => choiceOf(step, threads))
  const open = choices.filter(({ all, key }) => all.length > 1 && !found.has(key))
  const distinct = [...new Map(open.map((choice) => [choice.key, choice])).values()]
  await time(distinct, session, weights)
  return choices.map(({ all, key }, index) => all[found.get(key) ?? 0] ?? (steps[index] as Step))
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

/**
 * Candidates take turns in passes over all steps, not step by step: so weights come from as far away as in a run, which is
 * where those without zeros gain most.
 */
async function time(choices: readonly Choice[], session: EngineSession, weights: WeightStore): Promise<void> {
  const trials = await Promise.all(
    choices.map(({ all }) => Promise.all(all.map((step) => trialOf(step, session, weights)))),
  )
  const most = Math.max(...trials.map((each) => each.length), 0)
  for (let turn = 0; turn <= TURNS; turn++) {
    const open = trials.map((all) => all.map((trial) => hasHope(trial, all)))
    for (let candidate = 0; candidate < most; candidate++) {
      for (const [index, all] of trials.entries()) {
        if (open[index]?.[candidate]) await all[candidate]?.run(turn === 0)
      }
    }
  }
  for (const [index, { key }] of choices.entries()) settle(key, trials[index] ?? [], weights)
}

/** Whether timing it again may change anything: it may still be the fastest, and is not the only one that may. */
function hasHope(trial: Trial, all: readonly Trial[]): boolean {
  const bound = HOPELESS * Math.min(...all.map(({ least }) => least))
  return trial.least <= bound && all.some((other) => other !== trial && other.least <= bound)
}

function settle(key: string, trials: readonly Trial[], weights: WeightStore): void {
  const best = trials.reduce((at, { least }, index) => {
    const bound = (trials[at]?.least ?? 0) * (at === 0 ? MARGIN : 1)
    return least < bound ? index : at
  }, 0)
  found.set(key, best)
  for (const { release, packed } of trials) {
    release()
    if (packed && !isSame(packed, trials[best]?.packed)) weights.drop(packed)
  }
}

/** Several kernels may read the same form. */
function isSame(a: WeightSource, b: WeightSource | undefined): boolean {
  return a.tensor === b?.tensor && a.form === b.form && `${a.parameters}` === `${b.parameters}`
}

interface Trial {
  readonly packed: WeightSource | undefined
  /** Seconds of the fastest run; Infinity before any. */
  least: number
  run(isWarmUp: boolean): Promise<void>
  release(): void
}

/** A program of the one step, whose values are buffers of its own. */
async function trialOf(step: Step, session: EngineSession, weights: WeightStore): Promise<Trial> {
  const sources: WeightSource[] = []
  const inputs: ArrayBufferView[] = []
  const outputs: ArrayBufferView[] = []
  const values = [...step.inputs, ...step.outputs].map((slot, index) => {
    const { constant } = slot.root
    if (constant)
      return {
        place: 'constant' as const,
        at: sources.push(constant) - 1,
        bytes: slot.bytes,
        offset: slot.offset,
      }
    const isInput = index < step.inputs.length
    const buffer = new Uint8Array(slot.bytes)
    // Bytes of 60 are ordinary numbers, as floats too: zeros might be computed with faster than numbers are.
    buffer.fill(60)
    const at = (isInput ? inputs : outputs).push(buffer) - 1
    return { place: isInput ? ('input' as const) : ('output' as const), at, bytes: slot.bytes, offset: 0 }
  })
  const positions = values.map((_, index) => index)
  const { kernel, parameters } = step
  const program = engineProgram(session, {
    values,
    constants: await Promise.all(sources.map((source) => weights.get(source))),
    steps: [
      {
        kernel,
        parameters,
        inputs: positions.slice(0, step.inputs.length),
        outputs: positions.slice(step.inputs.length),
      },
    ],
    arenaBytes: 0,
    inputs: inputs.length,
    outputs: outputs.length,
  })
  const trial: Trial = {
    packed: sources.find((source) => source.form !== rawSource(source.tensor).form),
    least: Number.POSITIVE_INFINITY,
    async run(isWarmUp) {
      const seconds = new Float64Array(1)
      await engineRun(program, inputs, outputs, seconds)
      if (!isWarmUp) trial.least = Math.min(trial.least, seconds[0] ?? 0)
    },
    release: () => engineRelease(program),
  }
  return trial
}
