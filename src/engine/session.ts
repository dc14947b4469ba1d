/** A session like onnxruntime's, over native plans. */
import { badArgument, OnnxpressError } from '../errors'
import type { Model, Node } from '../ir'
import { type EngineSession, engineRelease, engineSession } from '../native'
import {
  checkSample,
  type Feeds,
  type FeedTensor,
  type ModelInput,
  modelInputs,
  plainTensor,
} from '../runtime'
import { type Explanation, explain } from './explain'
import { ruleOf } from './operators'
import { type CheckedOptions, checkOptions, type EngineOptions } from './options'
import { Unplannable } from './plan/unplannable'
import { WeightStore } from './plan/weights'
import { prepare } from './prepare'
import { type ModelSource, modelOf } from './source'
import { NativeStage } from './stages/nativeStage'
import { outermost, partition } from './stages/partition'
import { RuntimeStage } from './stages/runtimeStage'
import { StageSet } from './stages/stageSet'
import { EngineTensor } from './tensor'

export class InferenceSession {
  private current: StageSet
  /** Nodes that are left to onnxruntime, and why. */
  private readonly declined = new Map<Node, string>()
  private readonly inputs: readonly ModelInput[]
  private isReleased = false

  private constructor(
    private readonly model: Model,
    private readonly options: CheckedOptions,
    private readonly native: EngineSession,
    private readonly weights: WeightStore,
  ) {
    this.inputs = modelInputs(model)
    for (const node of model.graph)
      if (!ruleOf(node)) this.declined.set(node, 'the engine has no such operator')
    this.current = this.divided()
  }

  /**
   * Opens a model. Weights are read and packed for the first input shapes that are run.
   * @param source a file's path, an `.onnx` file's bytes, or a model
   * @throws OnnxpressError `BAD_ARGUMENT` for options, `IO`, `BAD_MODEL`, `LIMIT_EXCEEDED`, `UNSUPPORTED` for models
   */
  static async create(source: ModelSource, options: EngineOptions = {}): Promise<InferenceSession> {
    const checked = checkOptions(options)
    const model = await prepare(await modelOf(source))
    return new InferenceSession(
      model,
      checked,
      engineSession(checked.threads),
      new WeightStore(checked.threads),
    )
  }

  get inputNames(): readonly string[] {
    return this.inputs.map(({ name }) => name)
  }

  get outputNames(): readonly string[] {
    return this.model.graph.outputs.map(({ name }) => name)
  }

  /**
   * Runs the model off the event loop; any number of runs may go on at once. Only a run that is over before another
   * thread could tell of its end (one before took less than 80 µs, and no other of the session is under way) goes on
   * in place; the event loop still turns every millisecond. Feeds must not be changed meanwhile.
   * @param feeds a tensor for every input: onnxruntime's, or `{ type, data, dims }`
   * @param fetches names of the outputs to return, or an object with these keys; all if left out
   * @throws OnnxpressError `BAD_SAMPLES` for feeds that do not fit the inputs, `BAD_ARGUMENT` for fetches, `RUNTIME`
   * when a step fails
   */
  async run(
    feeds: Feeds,
    fetches?: readonly string[] | Readonly<Record<string, unknown>>,
  ): Promise<Record<string, EngineTensor>> {
    this.requireOpen()
    const wanted = this.fetched(fetches)
    checkSample(feeds, this.inputs, 0)
    const given = new Map([
      ...this.constants(),
      ...Object.entries(feeds).map(([name, tensor]) => [name, plainTensor(tensor)] as const),
    ])
    const results = await this.runAll(given)
    return Object.fromEntries(wanted.map((name) => [name, toTensor(name, results)]))
  }

  /** What runs where, and why; steps are known of the input shapes that have been run. */
  explain(): Promise<Explanation> {
    return explain(this.current.stages, this.declined, this.options.threads)
  }

  /** Frees weights, plans and working memory, once the runs under way are done. */
  async release(): Promise<void> {
    if (this.isReleased) return
    this.isReleased = true
    await this.current.retire()
    this.weights.release()
    engineRelease(this.native)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }

  private requireOpen(): void {
    if (this.isReleased) throw new OnnxpressError('BAD_ARGUMENT', 'The session is released; create another')
  }

  private fetched(
    fetches: readonly string[] | Readonly<Record<string, unknown>> | undefined,
  ): readonly string[] {
    if (fetches === undefined) return this.outputNames
    const names = Array.isArray(fetches) ? fetches : Object.keys(fetches ?? {})
    const unknown = names.find((name) => !this.outputNames.includes(name))
    if (unknown !== undefined || names.length === 0)
      throw badArgument(
        `names of outputs (${this.outputNames})`,
        'fetches of InferenceSession.run',
        unknown ?? names,
      )
    return names
  }

  /** What is known without any run: defaults of inputs, and outputs that are constants. */
  private *constants(): Iterable<readonly [string, FeedTensor]> {
    for (const { name, initializer } of [...this.model.graph.inputs, ...this.model.graph.outputs]) {
      if (!initializer) continue
      const { dataType, shape } = initializer
      const data = dataType === 'string' ? initializer.strings : initializer.elements
      yield [name, plainTensor({ type: dataType, dims: shape, data })]
    }
  }

  /** Runs all stages. A node that cannot be planned goes to onnxruntime, and all is divided anew. */
  private async runAll(given: ReadonlyMap<string, FeedTensor>): Promise<Map<string, FeedTensor>> {
    for (;;) {
      try {
        return await this.current.run(given, this.options.isProfiled)
      } catch (error) {
        if (!(error instanceof Unplannable) || !error.node) throw error
        this.requireOpen()
        this.leaveToRuntime(error.node, error.reason)
      }
    }
  }

  private leaveToRuntime(cause: Node, why: string): void {
    const node = outermost(cause, this.model.graph)
    const reason = node === cause ? why : `${cause.opType} ${cause.label} inside it: ${why}`
    // Of two runs that find the same at once, the second finds it done.
    if (this.declined.has(node)) return
    this.declined.set(node, reason)
    const before = this.current
    this.current = this.divided()
    void before.retire()
  }

  private divided(): StageSet {
    const parts = partition(this.model.graph, (node) => !this.declined.has(node))
    const { threads } = this.options
    return new StageSet(
      parts.map((part) =>
        part.isNative
          ? new NativeStage(part, this.native, this.weights, threads)
          : new RuntimeStage(part, this.model, { threads }),
      ),
    )
  }
}

function toTensor(name: string, results: ReadonlyMap<string, FeedTensor>): EngineTensor {
  const found = results.get(name)
  if (!found)
    throw new OnnxpressError('UNSUPPORTED', `Output ${JSON.stringify(name)} is no tensor`, { at: name })
  return new EngineTensor(found.type, found.data, found.dims)
}
