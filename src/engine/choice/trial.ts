/** A step by itself, to be timed. */
import { type EngineSession, engineProgram, engineRelease, engineRun } from '../../native'
import type { Step } from '../plan/step'
import { rawSource, type WeightSource, type WeightStore } from '../plan/weights'
import { RunTimes } from './runTimes'
import type { TrialBuffers } from './trialBuffers'

export interface Trial {
  readonly packed: WeightSource | undefined
  /** Memory that its weights take. */
  readonly bytes: number
  readonly times: RunTimes
  run(): Promise<void>
  release(): void
}

/** A program of the one step. */
export async function trialOf(
  step: Step,
  buffers: TrialBuffers,
  session: EngineSession,
  weights: WeightStore,
): Promise<Trial> {
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
    const at = (isInput ? inputs : outputs).push(buffers.at(index, slot.bytes)) - 1
    return { place: isInput ? ('input' as const) : ('output' as const), at, bytes: slot.bytes, offset: 0 }
  })
  const positions = values.map((_, index) => index)
  const constants = await Promise.all(sources.map((source) => weights.get(source)))
  const { kernel, parameters } = step
  const program = engineProgram(session, {
    values,
    constants,
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
  const times = new RunTimes()
  return {
    packed: sources.find((source) => source.form !== rawSource(source.tensor).form),
    bytes: constants.reduce((sum, { bytes }) => sum + bytes, 0),
    times,
    async run() {
      const seconds = new Float64Array(1)
      await engineRun(program, inputs, outputs, seconds)
      times.add(seconds[0] ?? 0)
    },
    release: () => engineRelease(program),
  }
}
