/** A prepared model, divided between native plans and onnxruntime. */
import { OnnxpressError } from '../errors'
import type { Model, Node } from '../ir'
import { type EngineSession, engineRelease, engineSession } from '../native'
import { type FeedTensor, plainTensor } from '../runtime'
import { type Explanation, explain } from './explain'
import { ruleOf } from './operators'
import type { CheckedOptions } from './options'
import { Unplannable } from './plan/unplannable'
import { WeightStore } from './plan/weights'
import { NativeStage } from './stages/nativeStage'
import { outermost, type Part, partition } from './stages/partition'
import { RuntimeStage } from './stages/runtimeStage'
import { StageSet } from './stages/stageSet'

export function released(): OnnxpressError {
  return new OnnxpressError('BAD_ARGUMENT', 'The session is released; create another')
}

/**
 * Parts of a model that onnxruntime may have while the engine has what is between them. Each costs half a millisecond and
 * more, and two for every megabyte that goes there and back: with more of them the whole is faster there.
 */
const MOST_RUNTIME_PARTS = 8

export class DividedModel {
  private current: StageSet
  /** Nodes that are left to onnxruntime, and why. */
  private readonly declined = new Map<Node, string>()
  /** Why all other nodes are left to it too, if they are. */
  private rest: string | undefined
  private readonly native: EngineSession
  private readonly weights: WeightStore
  private isReleased = false

  constructor(
    private readonly model: Model,
    private readonly options: CheckedOptions,
  ) {
    this.native = engineSession(options.threads)
    this.weights = new WeightStore(options.threads)
    for (const node of model.graph)
      if (!ruleOf(node)) this.declined.set(node, 'the engine has no such operator')
    this.current = this.divided()
  }

  /** What is known without any run: defaults of inputs, and outputs that are constants. */
  *constants(): Iterable<readonly [string, FeedTensor]> {
    for (const { name, initializer } of [...this.model.graph.inputs, ...this.model.graph.outputs]) {
      if (!initializer) continue
      const { dataType, shape } = initializer
      const data = dataType === 'string' ? initializer.strings : initializer.elements
      yield [name, plainTensor({ type: dataType, dims: shape, data })]
    }
  }

  /** Runs all stages. A node that cannot be planned goes to onnxruntime, and all is divided anew. */
  async run(given: ReadonlyMap<string, FeedTensor>): Promise<Map<string, FeedTensor>> {
    for (;;) {
      try {
        return await this.current.run(given, this.options.isProfiled)
      } catch (error) {
        if (!(error instanceof Unplannable) || !error.node) throw error
        if (this.isReleased) throw released()
        this.leaveToRuntime(error.node, error.reason)
      }
    }
  }

  explain(): Promise<Explanation> {
    return explain(this.current.stages, this.declined, this.rest, this.options.threads)
  }

  /** Frees weights, plans and working memory, once the runs under way are done. No run may begin any more. */
  async release(): Promise<void> {
    this.isReleased = true
    await this.current.retire()
    this.weights.release()
    engineRelease(this.native)
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

  private parts(): Part[] {
    const { graph } = this.model
    const parts = partition(graph, (node) => !this.declined.has(node))
    const foreign = parts.filter(({ isNative }) => !isNative).length
    if (foreign <= MOST_RUNTIME_PARTS) return parts
    this.rest = `between ${foreign} parts of onnxruntime's it would not be faster`
    return partition(graph, () => false)
  }

  private divided(): StageSet {
    const { threads } = this.options
    return new StageSet(
      this.parts().map((part) =>
        part.isNative
          ? new NativeStage(part, this.native, this.weights, threads)
          : new RuntimeStage(part, this.model, { threads }),
      ),
    )
  }
}
