/** Lays out the memory of lowered steps and writes them down for the executor. */
import type { ProgramDescription, ProgramStep, ProgramValue } from '../../native'
import { absorb } from '../fusion/absorb'
import { quantization, table, transposition } from '../fusion/absorptions'
import { joinAttention } from '../fusion/attention'
import type { Fact } from './fact'
import type { Lowering } from './lowering'
import { planMemory } from './memory'
import type { Slot } from './slot'
import type { Step } from './step'
import { withoutUnread } from './unread'
import type { WeightSource } from './weights'

export interface DescribedProgram {
  readonly description: Omit<ProgramDescription, 'constants'>
  /** What the constants are, in order. */
  readonly sources: readonly WeightSource[]
  readonly steps: readonly Step[]
}

/** The steps that compute these values where the caller of a run wants them. */
export function finishedSteps(plan: Lowering, outputs: readonly Fact[]): readonly Step[] {
  for (const [port, fact] of outputs.entries()) placeOutput(plan, fact, port)
  const kept = new Set(outputs.map((fact) => plan.slotOf(fact).root))
  const steps = withoutUnread(plan.steps)
  const joined = joinAttention(absorb(steps, kept, table), kept)
  // Bytes too may be put in another order.
  return [transposition, quantization, transposition].reduce<readonly Step[]>(
    (all, each) => absorb(all, kept, each),
    joined,
  )
}

/**
 * @param outputs number of buffers that each run fills
 * @param inputs buffers that each run brings; constants are added to them where `inlined` and otherwise listed
 */
export function describeProgram(
  steps: readonly Step[],
  outputs: number,
  inlined?: ArrayBufferView[],
  inputs = 0,
): DescribedProgram {
  const memory = planMemory(steps)
  const values = new ValueTable(memory.offsets, inlined)
  const written = steps.map((step) => values.step(step))
  return {
    description: {
      values: values.list,
      steps: written,
      arenaBytes: memory.bytes,
      inputs: inlined?.length ?? inputs,
      outputs,
    },
    sources: values.sources,
    steps,
  }
}

/** Lets an output be computed where its caller wants it, or copies it there. */
function placeOutput(plan: Lowering, fact: Fact, port: number): void {
  const slot = plan.slotOf(fact)
  const { root } = slot
  if (root.place === 'arena' && root.bytes === slot.bytes) {
    root.place = 'output'
    root.port = port
    return
  }
  const copy = plan.create(fact.dataType, fact.shape)
  const to = plan.slotOf(copy)
  to.place = 'output'
  to.port = port
  plan.step('copy', [fact], [copy], [1, 1, slot.bytes, 1, 1, 0, 0])
}

class ValueTable {
  readonly list: ProgramValue[] = []
  readonly sources: WeightSource[] = []
  private readonly positions = new Map<Slot, number>()
  private readonly constants = new Map<WeightSource, number>()

  constructor(
    private readonly offsets: ReadonlyMap<Slot, number>,
    private readonly inlined: ArrayBufferView[] | undefined,
  ) {}

  step({ kernel, inputs, outputs, parameters }: Step): ProgramStep {
    const at = (slot: Slot) => this.position(slot)
    return { kernel, inputs: inputs.map(at), outputs: outputs.map(at), parameters }
  }

  private position(slot: Slot): number {
    const known = this.positions.get(slot)
    if (known !== undefined) return known
    this.positions.set(slot, this.list.length)
    this.list.push(this.valueOf(slot))
    return this.list.length - 1
  }

  private valueOf(slot: Slot): ProgramValue {
    const { root, offset, bytes } = slot
    const { place, port, constant } = root
    if (place === 'arena') return { place, at: (this.offsets.get(root) ?? 0) + offset, bytes, offset: 0 }
    if (place === 'constant' && constant) return this.constantValue(constant, bytes, offset)
    return { place, at: port, bytes, offset }
  }

  private constantValue(source: WeightSource, bytes: number, offset: number): ProgramValue {
    const known = this.constants.get(source)
    if (this.inlined) {
      const at = known ?? this.inlined.push(source.tensor.elements) - 1
      this.constants.set(source, at)
      return { place: 'input', at, bytes, offset }
    }
    const at = known ?? this.sources.push(source) - 1
    this.constants.set(source, at)
    return { place: 'constant', at, bytes, offset }
  }
}
