/** A session like onnxruntime's, over native plans. */
import { badArgument, OnnxpressError } from '../errors'
import type { Model } from '../ir'
import {
  checkSample,
  type Feeds,
  type FeedTensor,
  type ModelInput,
  modelInputs,
  plainTensor,
} from '../runtime'
import { DividedModel, released } from './dividedModel'
import type { Explanation } from './explain'
import { type CheckedOptions, checkOptions, type EngineOptions } from './options'
import { prepare } from './prepare'
import { type ModelSource, modelOf } from './source'
import { EngineTensor } from './tensor'

export class InferenceSession {
  private readonly inputs: readonly ModelInput[]
  readonly outputNames: readonly string[]
  /** Undefined once it is released: whoever keeps the session keeps nothing of the model. */
  private model: DividedModel | undefined

  private constructor(model: Model, options: CheckedOptions) {
    this.inputs = modelInputs(model)
    this.outputNames = model.graph.outputs.map(({ name }) => name)
    this.model = new DividedModel(model, options)
  }

  /**
   * Opens a model. Weights are read and packed for the first input shapes that are run.
   * @param source a file's path, an `.onnx` file's bytes, or a model
   * @throws OnnxpressError `BAD_ARGUMENT` for options, `IO`, `BAD_MODEL`, `LIMIT_EXCEEDED`, `UNSUPPORTED` for models
   */
  static async create(source: ModelSource, options: EngineOptions = {}): Promise<InferenceSession> {
    const checked = checkOptions(options)
    return new InferenceSession(await prepare(await modelOf(source)), checked)
  }

  get inputNames(): readonly string[] {
    return this.inputs.map(({ name }) => name)
  }

  /**
   * Runs the model off the event loop; any number of runs may go on at once. Only a run that is over before another
   * thread could tell of its end (one before took less than 100 µs, and no other of the session is under way) goes on
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
    const model = this.open
    const wanted = this.fetched(fetches)
    checkSample(feeds, this.inputs, 0)
    const given = new Map([
      ...model.constants(),
      ...Object.entries(feeds).map(([name, tensor]) => [name, plainTensor(tensor)] as const),
    ])
    const results = await model.run(given)
    return Object.fromEntries(wanted.map((name) => [name, toTensor(name, results)]))
  }

  /**
   * What runs where, and why; steps are known of the input shapes that have been run.
   * @throws OnnxpressError `BAD_ARGUMENT` of a session that is released
   */
  async explain(): Promise<Explanation> {
    return this.open.explain()
  }

  /** Frees the model, weights, plans and working memory, once the runs under way are done. */
  async release(): Promise<void> {
    const { model } = this
    this.model = undefined
    await model?.release()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }

  private get open(): DividedModel {
    if (this.model) return this.model
    throw released()
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
}

function toTensor(name: string, results: ReadonlyMap<string, FeedTensor>): EngineTensor {
  const found = results.get(name)
  if (!found)
    throw new OnnxpressError('UNSUPPORTED', `Output ${JSON.stringify(name)} is no tensor`, { at: name })
  return new EngineTensor(found.type, found.data, found.dims)
}
