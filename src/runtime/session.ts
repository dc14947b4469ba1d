/** A model opened in onnxruntime, run by the host process so that nothing here ever blocks. */
import type { Model } from '../ir'
import { plainTensor } from './elementArrays'
import type { Feeds, FeedTensor } from './feeds'
import { host, type RequestOptions } from './host'
import { type ModelFile, modelFile } from './modelFile'
import { checkSample, portInputs } from './modelInputs'
import type { Port, Ports, SessionOptions, SessionSpec } from './protocol'

let nextKey = 1

export class Session {
  private released = false

  private constructor(
    private readonly file: ModelFile,
    /** @internal How tasks name this session. */
    readonly spec: SessionSpec,
    private readonly ports: Ports,
  ) {}

  /**
   * Opens a model; one that is in memory is written to a temporary folder first.
   * @param source a file's path, or a model
   * @throws OnnxpressError `RUNTIME` when onnxruntime refuses it, `UNSUPPORTED` when an input or output has a type that
   * onnxruntime-node cannot pass, `NOT_AVAILABLE` without onnxruntime-node, `ABORTED`; for a path also what
   * `openModel` throws.
   */
  static async create(
    source: string | Model,
    options: SessionOptions = {},
    request: RequestOptions = {},
  ): Promise<Session> {
    // Weights beside the model are read once; inside, onnxruntime parses them first and holds them twice.
    const file = await modelFile(source, true)
    const spec = { key: nextKey++, path: file.path, options }
    try {
      return new Session(file, spec, (await host.request({ kind: 'open', session: spec }, request)) as Ports)
    } catch (error) {
      await file.dispose()
      throw error
    }
  }

  get inputs(): readonly Port[] {
    return this.ports.inputs
  }

  get outputs(): readonly Port[] {
    return this.ports.outputs
  }

  /** As onnxruntime's sessions have them. */
  get inputNames(): readonly string[] {
    return this.inputs.map(({ name }) => name)
  }

  get outputNames(): readonly string[] {
    return this.outputs.map(({ name }) => name)
  }

  /**
   * Runs one sample and returns its outputs by name.
   * @param fetches outputs to return; all tensors if left out
   * @throws OnnxpressError `BAD_SAMPLES` when the feeds do not fit the inputs, `RUNTIME` when the run fails.
   */
  async run(
    feeds: Feeds,
    fetches?: readonly string[],
    request: RequestOptions = {},
  ): Promise<Readonly<Record<string, FeedTensor>>> {
    checkSample(feeds, portInputs(this.inputs), 0)
    const plain = Object.fromEntries(
      Object.entries(feeds).map(([name, tensor]) => [name, plainTensor(tensor)]),
    )
    const task = { kind: 'run', session: this.spec, feeds: plain, ...(fetches && { fetches }) } as const
    return (await host.request(task, request)) as Readonly<Record<string, FeedTensor>>
  }

  /** Closes the session and removes what was written for it. */
  async release(): Promise<void> {
    if (this.released) return
    this.released = true
    if (host.isRunning) await host.request({ kind: 'release', key: this.spec.key })
    await this.file.dispose()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }
}

/** Opens a session, does something with it and closes it whatever happens. */
export async function withSession<T>(
  source: string | Model,
  options: SessionOptions,
  use: (session: Session) => Promise<T>,
  request: RequestOptions = {},
): Promise<T> {
  const session = await Session.create(source, options, request)
  try {
    return await use(session)
  } finally {
    await session.release()
  }
}
