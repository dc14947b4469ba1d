/** A native part for certain input shapes: a program, and how to call it. */
import type { DataType, Value } from '../../ir'
import { byteLengthOf, countElements, isDataType, Tensor } from '../../ir'
import {
  type EngineProgram,
  type EngineSession,
  engineIsShort,
  engineProgram,
  engineRelease,
  engineRun,
  engineRunNow,
} from '../../native'
import type { FeedTensor } from '../../runtime'
import { chooseKernels } from '../choice/choose'
import { elementArray, unwrittenArray } from '../elements'
import { Fact } from '../plan/fact'
import { halvedSteps } from '../plan/halves'
import { Lowering } from '../plan/lowering'
import { describeProgram, finishedSteps } from '../plan/program'
import { Slot } from '../plan/slot'
import type { Step } from '../plan/step'
import { decline, Unplannable } from '../plan/unplannable'
import { bytesOf, type Kept, type WeightStore } from '../plan/weights'
import { letOthersRun } from './eventLoop'
import type { Shaped } from './foresight'
import type { Part } from './partition'

/** Tensors by value name. */
export type Tensors = ReadonlyMap<string, FeedTensor>

/** What a plan is made for: types and sizes, and the contents that it may rely on. */
export type Inputs = ReadonlyMap<string, Shaped & Partial<Pick<FeedTensor, 'data'>>>

interface Output {
  readonly name: string
  readonly dataType: DataType
  readonly shape: readonly number[]
  /** Known before anything runs. */
  readonly constant: Tensor | undefined
}

/** What a plan still says of its steps; slots and constants in their first forms are no longer needed. */
export type PlannedStep = Pick<Step, 'kernel' | 'nodes' | 'note'>

export class Plan {
  private runs = 0
  private readonly seconds: Float64Array<ArrayBuffer>

  private constructor(
    private readonly part: Part,
    private readonly outputs: readonly Output[],
    readonly steps: readonly PlannedStep[],
    readonly program: EngineProgram,
    private readonly weights: WeightStore,
    private readonly held: readonly Kept[],
  ) {
    this.seconds = new Float64Array(steps.length)
  }

  /**
   * @param contents names of inputs whose contents the plan may rely on
   * @param mayTime whether nothing else runs, so that kernels may be timed
   * @throws Unplannable, ContentsNeeded, TimingNeeded
   */
  static async make(
    part: Part,
    feeds: Inputs,
    contents: ReadonlySet<string>,
    session: EngineSession,
    weights: WeightStore,
    threads: number,
    mayTime: boolean,
  ): Promise<Plan> {
    const lowering = new Lowering(smallInputs(part, feeds, contents))
    for (const [port, value] of part.inputs.entries())
      lowering.define(value, inputFact(value, port, feeds, contents))
    lowering.lowerAll(part.nodes)
    const facts = part.outputs.map((value) => lowering.fact(value))
    const wanted = facts.filter((fact) => !lowering.knownTensor(fact))
    const chosen = await chooseKernels(finishedSteps(lowering, wanted), session, weights, threads, mayTime)
    const { description, sources, steps } = describeProgram(
      threads > 1 ? halvedSteps(chosen) : chosen,
      wanted.length,
      undefined,
      part.inputs.length,
    )
    const held = weights.hold(sources)
    try {
      const constants = await Promise.all(held.map(({ constant }) => constant))
      const program = engineProgram(session, { ...description, constants })
      const outputs = part.outputs.map(({ name }, index) => outputOf(name, facts[index] as Fact))
      const planned = steps.map(({ kernel, nodes, note }) => ({ kernel, nodes: [...nodes], note }))
      return new Plan(part, outputs, planned, program, weights, held)
    } catch (error) {
      weights.letGo(held)
      throw error
    }
  }

  /**
   * Runs on feeds of the shapes that the plan was made for.
   * @param isAlone whether no other run of the session is under way
   * @param meanwhile what this thread does while others run it, if they do
   */
  async run(
    feeds: Tensors,
    isProfiled: boolean,
    isAlone: () => boolean,
    meanwhile: () => void,
  ): Promise<Map<string, FeedTensor>> {
    const inputs = this.part.inputs.map(({ name }) => feeds.get(name)?.data as ArrayBufferView)
    const results = new Map<string, FeedTensor>()
    const buffers: ArrayBufferView[] = []
    for (const { name, dataType, shape, constant } of this.outputs) {
      const data = constant ? constant.elements.slice() : unwrittenArray(dataType, countElements(shape))
      if (!data) throw new Error(`No array for ${dataType}`)
      if (!constant) buffers.push(data)
      results.set(name, { type: dataType, dims: [...shape], data })
    }
    const seconds = isProfiled ? this.seconds : undefined
    if (await this.isForThisThread(isAlone)) {
      engineRunNow(this.program, inputs, buffers, seconds)
    } else {
      const done = engineRun(this.program, inputs, buffers, seconds)
      meanwhile()
      await done
    }
    if (isProfiled) this.runs++
    return results
  }

  private async isForThisThread(isAlone: () => boolean): Promise<boolean> {
    if (!isAlone() || !engineIsShort(this.program)) return false
    await letOthersRun()
    return isAlone()
  }

  /** Mean seconds of each step over the profiled runs; undefined without any. */
  get meanSeconds(): readonly number[] | undefined {
    return this.runs === 0 ? undefined : [...this.seconds].map((sum) => sum / this.runs)
  }

  /** Bytes of constants that no other plan has. */
  get ownBytes(): number {
    return bytesOf(this.held.filter(({ holders }) => holders === 1))
  }

  /** Its constants are freed where no other plan has them. */
  release(): void {
    engineRelease(this.program)
    this.weights.letGo(this.held)
  }
}

function inputFact(value: Value, port: number, feeds: Inputs, contents: ReadonlySet<string>): Fact {
  const feed = feeds.get(value.name)
  if (!feed || feed.type === 'string' || !isDataType(feed.type)) throw unreadable(value, feed)
  const { type, dims, data } = feed
  const fact = Fact.at(type, dims, Slot.input(port, byteLengthOf(type, countElements(dims))))
  if (contents.has(value.name) && ArrayBuffer.isView(data)) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    fact.constant = Tensor.from(type, dims, bytes.slice())
  }
  return fact
}

/** A value that has no bytes, such as strings: who reads it is not for the engine. */
function unreadable(value: Value, feed: Shaped | undefined): Unplannable {
  const reason = new Unplannable(`an input of type ${feed?.type}`)
  reason.node = value.consumers[0]
  return reason
}

/** Contents longer than this decide no shapes. */
const LONGEST_SHAPE = 64

/** Inputs whose contents might decide shapes and are not yet a part of what the plan is made for. */
function smallInputs(part: Part, feeds: Inputs, contents: ReadonlySet<string>): string[] {
  return part.inputs
    .map(({ name }) => name)
    .filter((name) => {
      const feed = feeds.get(name)
      return (
        feed && !contents.has(name) && feed.type !== 'string' && countElements(feed.dims) <= LONGEST_SHAPE
      )
    })
}

function outputOf(name: string, { dataType, shape, constant }: Fact): Output {
  if (!elementArray(dataType, 0)) return decline(`an output of type ${dataType}`)
  return { name, dataType, shape, constant }
}
