/** The samples of one compression: the caller's, spooled once, or made-up ones where none were given. */
import { syntheticSamples } from '../calibrate'
import { OnnxpressError } from '../errors'
import type { Model } from '../ir'
import { modelInputs, SampleStore, type Samples } from '../runtime'
import { stageProgress, type WatchOptions } from './watch'

/** Made-up samples say little, so a few are enough. */
const SYNTHETIC_COUNT = 8

export interface SampleSourceOptions {
  readonly samples?: Samples | undefined
  readonly sampleLimit?: number | undefined
  readonly seed?: number | undefined
}

export class SampleSource {
  private made: Promise<SampleStore> | undefined

  private constructor(
    private readonly model: Model,
    private readonly given: SampleStore | undefined,
    private readonly seed: number,
    private readonly watch: WatchOptions,
  ) {}

  /**
   * Spools the caller's samples, each checked against the model's inputs.
   * @throws OnnxpressError `BAD_SAMPLES`, `IO`, `ABORTED`
   */
  static async open(model: Model, options: SampleSourceOptions, watch: WatchOptions): Promise<SampleSource> {
    const { samples, sampleLimit, seed = 0 } = options
    if (samples === undefined) return new SampleSource(model, undefined, seed, watch)
    const progress = stageProgress(watch, 'samples')
    const store = await SampleStore.spool(samples, modelInputs(model), {
      limit: sampleLimit,
      signal: watch.signal,
      onProgress: (done) => progress(sampleLimit ? done / sampleLimit : 0, `${done} samples`),
    })
    progress(1, `${store.count} samples`)
    return new SampleSource(model, store, seed, watch)
  }

  /** Number of samples that the caller gave. */
  get givenCount(): number {
    return this.given?.count ?? 0
  }

  /** Whether samples were made up so far. */
  get isSynthetic(): boolean {
    return this.made !== undefined
  }

  /** The samples; made up now if the caller gave none. */
  store(): Promise<SampleStore> {
    if (this.given) return Promise.resolve(this.given)
    this.made ??= this.makeUp()
    return this.made
  }

  /**
   * Does something with the samples. Where they are made up and onnxruntime refuses them, the error says so.
   * @throws OnnxpressError what `use` throws
   */
  async use<T>(use: (store: SampleStore) => Promise<T>): Promise<T> {
    const store = await this.store()
    try {
      return await use(store)
    } catch (error) {
      throw this.explained(error)
    }
  }

  /** As {@link use}, for what comes piece by piece. */
  async *iterate<T>(use: (store: SampleStore) => AsyncIterable<T>): AsyncGenerator<T> {
    const store = await this.store()
    try {
      yield* use(store)
    } catch (error) {
      throw this.explained(error)
    }
  }

  /** Removes the samples from disk. */
  async dispose(): Promise<void> {
    await this.given?.dispose()
    await this.made?.then(
      (store) => store.dispose(),
      () => undefined,
    )
  }

  private explained(error: unknown): unknown {
    if (this.given || !(error instanceof OnnxpressError) || error.code !== 'RUNTIME') return error
    const message = `The model does not run on made-up samples; give samples of your own. ${error.message}`
    return new OnnxpressError('BAD_SAMPLES', message, { cause: error })
  }

  private makeUp(): Promise<SampleStore> {
    const samples = syntheticSamples(this.model, { count: SYNTHETIC_COUNT, seed: this.seed })
    return SampleStore.spool(samples, modelInputs(this.model), { signal: this.watch.signal })
  }
}
