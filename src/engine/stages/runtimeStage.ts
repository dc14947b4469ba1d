/** A part that onnxruntime computes, in the process of src/runtime. */
import { isDataType, type Model, tensorType, type ValueType } from '../../ir'
import { extractNodes, type FeedTensor, Session, type SessionOptions } from '../../runtime'
import type { Part } from './partition'
import type { Tensors } from './plan'

export class RuntimeStage {
  private session: Promise<Session> | undefined
  /** The model itself, once the part is found to be all of it. */
  private released = false

  constructor(
    readonly part: Part,
    private readonly model: Model,
    private readonly options: SessionOptions,
  ) {}

  async run(feeds: Tensors): Promise<Map<string, FeedTensor>> {
    this.session ??= this.open(feeds)
    const session = await this.session
    const own = new Map(this.part.inputs.map(({ name }) => [name, feeds.get(name)]))
    const inputs = session.inputs.flatMap(({ name }) => {
      const feed = own.get(name) ?? feeds.get(name)
      return feed ? [[name, feed] as const] : []
    })
    const results = await session.run(
      Object.fromEntries(inputs),
      this.part.outputs.map(({ name }) => name),
    )
    return new Map(Object.entries(results))
  }

  async release(): Promise<void> {
    if (this.released) return
    this.released = true
    await this.session?.then((session) => session.release()).catch(() => {})
  }

  /** Opened at the first run, when the types of what comes in are known. */
  private open(feeds: Tensors): Promise<Session> {
    const { nodes, outputs } = this.part
    const types = new Map<string, ValueType>()
    for (const [name, { type, dims }] of feeds)
      if (isDataType(type))
        types.set(
          name,
          tensorType(
            type,
            dims.map(() => undefined),
          ),
        )
    const extract = { nodes: new Set(nodes), outputs: outputs.map(({ name }) => name), types }
    return Session.create(extractNodes(this.model, extract), this.options)
  }
}
