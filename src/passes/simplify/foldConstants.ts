/**
 * Folds what depends on constants alone: the largest such parts of a graph are run once, in onnxruntime, and their
 * results become initializers, wherever that does not make the model larger.
 */
import { type TypeView, tensorBytes } from '../../analysis'
import {
  byteLengthOf,
  countElements,
  type Graph,
  Model,
  type Node,
  type Tensor,
  type Value,
  withSubgraphs,
} from '../../ir'
import { type Decline, decline, forgetIfUnused, type RuleContext, removeUnused } from '../../rewrite'
import type { PassRuntime } from '../pass'
import { bytesFreed, coneOf } from './cone'

/** Operations whose result differs from run to run, or that must stay so that weights stay in few bits. */
const NEVER =
  /^(Random|Multinomial|Bernoulli|Dropout|QuantizeLinear|DequantizeLinear|DynamicQuantizeLinear|Sequence|Optional|SplitToSequence|ConcatFromSequence|Constant$)/

/** Operations that can make much of little; they run only where the size of their result is known before. */
const GROWS =
  /^(ConstantOfShape|Expand|Tile|Range|Resize|Upsample|Pad|OneHot|EyeLike|Gather|MatMul|Einsum|Add|Mul|Sub|Div|Pow|Where|Compress|CenterCropPad|Col2Im|MaxUnpool|HannWindow|HammingWindow|BlackmanWindow|MelWeightMatrix|DFT|STFT|Conv|ConvTranspose|GridSample|AffineGrid|Equal|Less|Greater|And|Or|Xor|BitShift|Mod|PRelu|Max|Min|Sum|Mean)/

/** Results beyond this are neither computed nor kept. */
const MOST_BYTES = 2 ** 28

/** Results are held in memory, which what they come from need not be; beyond so many bytes the rest stays as it is. */
const MOST_HELD_BYTES = 2 ** 29

/** Bytes that one run may read and write, about. */
const BATCH_BYTES = 2 ** 27

export interface FoldResult {
  readonly folded: number
  readonly declined: readonly Decline[]
}

/** Folds the constants of a graph and its subgraphs. */
export async function foldConstants(
  graph: Graph,
  context: RuleContext,
  runtime: PassRuntime,
): Promise<FoldResult> {
  let folded = 0
  const declined: Decline[] = []
  for (const each of [...withSubgraphs(graph)]) {
    const result = await new Folding(each, context, runtime).run()
    folded += result.folded
    declined.push(...result.declined)
  }
  return { folded, declined }
}

class Folding {
  private readonly results = new Map<Value, Tensor>()
  private readonly blocked = new Set<Node>()
  private readonly declined: Decline[] = []

  constructor(
    private readonly graph: Graph,
    private readonly context: RuleContext,
    private readonly runtime: PassRuntime,
  ) {}

  /** Takes the largest region, leaves out what would grow the model, and asks again until nothing grows. */
  async run(): Promise<FoldResult> {
    for (;;) {
      const region = this.region()
      const edge = edgeOf(region)
      if (edge.length === 0) return { folded: 0, declined: this.declined }
      for (const batch of this.batches(edge)) await this.evaluate(region, batch)
      const before = this.blocked.size
      for (const value of edge) this.judge(value, region)
      if (this.blocked.size === before) return { folded: this.commit(region, edge), declined: this.declined }
    }
  }

  private region(): Set<Node> {
    const region = new Set<Node>()
    const isKnown = (value: Value | undefined) =>
      !value || !!value.constant || (value.producer !== undefined && region.has(value.producer))
    for (const node of this.graph) {
      if (node.inputs.every(isKnown) && !this.blocked.has(node) && this.isFoldable(node)) region.add(node)
    }
    return region
  }

  private isFoldable(node: Node): boolean {
    if (node.domain !== '' || NEVER.test(node.opType) || node.subgraphs.length > 0) return false
    if (this.context.keeps(node) || node.outputs.some((output) => output?.isGraphOutput)) return false
    const references = [...node.attributes.values()].some((attribute) => attribute.type === 'reference')
    return !references && this.hasSafeSize(node)
  }

  /** Whether running the node surely takes no more memory than allowed. */
  private hasSafeSize(node: Node): boolean {
    const sizes = node.outputs.map((output) => (output ? bytesOf(output, this.context.types) : 0))
    if (sizes.every((size) => size !== undefined)) return sizes.every((size) => (size ?? 0) <= MOST_BYTES)
    if (!GROWS.test(node.opType)) return true
    const inputs = node.inputs.map((input) => input?.constant?.size ?? Number.POSITIVE_INFINITY)
    // Broadcasting gives at most the product of the sizes; the others have sizes that only inference knows.
    const mayBroadcast =
      /^(Add|Mul|Sub|Div|Pow|Where|Equal|Less|Greater|And|Or|Xor|Mod|Max|Min|Sum|Mean|Gather|BitShift)/
    return (
      mayBroadcast.test(node.opType) && inputs.reduce((all, size) => all * Math.max(size, 1), 8) <= MOST_BYTES
    )
  }

  /** The values to compute, in runs of moderate size; those that memory has no room for are blocked. */
  private batches(edge: readonly Value[]): Value[][] {
    const batches: Value[][] = [[]]
    let held = [...this.results.values()].reduce((sum, tensor) => sum + tensor.byteLength, 0)
    let inBatch = 0
    for (const value of edge) {
      if (this.results.has(value)) continue
      const bytes = bytesOf(value, this.context.types) ?? 0
      if (held + bytes > MOST_HELD_BYTES) {
        this.block(value, 'what is folded already fills the memory that folding may take')
        continue
      }
      held += bytes
      inBatch += bytes
      if (inBatch > BATCH_BYTES) {
        batches.push([])
        inBatch = bytes
      }
      batches.at(-1)?.push(value)
    }
    return batches
  }

  private async evaluate(region: ReadonlySet<Node>, wanted: readonly Value[]): Promise<void> {
    if (wanted.length === 0) return
    const model = modelOf(this.context.model, region, wanted)
    try {
      const tensors = await this.runtime.evaluate(model)
      for (const value of wanted) {
        const tensor = tensors.get(value.name)
        if (tensor) this.results.set(value, tensor.withName(value.name))
        else this.block(value, 'onnxruntime gave no result for it')
      }
    } catch (error) {
      const [first] = wanted
      if (wanted.length === 1 && first)
        return this.block(first, `it could not be folded: ${messageOf(error)}`)
      const middle = wanted.length >> 1
      await this.evaluate(region, wanted.slice(0, middle))
      await this.evaluate(region, wanted.slice(middle))
    }
  }

  private judge(value: Value, region: ReadonlySet<Node>): void {
    const tensor = this.results.get(value)
    if (!tensor) return
    const cone = coneOf(value, (node) => region.has(node))
    const growth = tensorBytes(tensor) - bytesFreed(cone)
    if (growth > 0) this.block(value, `folding it would make the model ${growth} bytes larger`)
  }

  private block(value: Value, reason: string): void {
    if (!value.producer || this.blocked.has(value.producer)) return
    this.blocked.add(value.producer)
    this.declined.push(decline(value.producer, reason))
  }

  private commit(region: ReadonlySet<Node>, edge: readonly Value[]): number {
    const nodes = [...region].reverse()
    for (const value of edge) this.put(value)
    const constants = nodes.flatMap((node) => node.inputs)
    removeUnused(nodes)
    for (const value of constants) forgetIfUnused(value)
    return nodes.filter((node) => !node.graph).length
  }

  /** Makes a value an initializer; its node, if it has other outputs, goes on without it. */
  private put(value: Value): void {
    const tensor = this.results.get(value)
    const index = value.producer?.outputs.indexOf(value) ?? -1
    if (!tensor || !value.producer) return
    value.producer.setOutput(index, undefined)
    value.initializer = tensor
    this.context.types.record(value, { kind: 'tensor', dataType: tensor.dataType, shape: tensor.shape })
  }
}

/** Values that a region makes for the rest of the graph. */
function edgeOf(region: ReadonlySet<Node>): Value[] {
  return [...region]
    .flatMap((node) => node.outputs)
    .filter((value) => value !== undefined)
    .filter((value) => value.consumers.some((node) => !region.has(node)))
}

function bytesOf(value: Value, types: TypeView): number | undefined {
  const shape = types.staticShapeOf(value)
  const dataType = types.dataTypeOf(value)
  return shape && dataType && byteLengthOf(dataType, countElements(shape))
}

/** A model of its own that computes the wanted values of a region. */
function modelOf(model: Model, region: ReadonlySet<Node>, wanted: readonly Value[]): Model {
  const copy = new Model(undefined, {
    opsetImports: new Map(model.opsetImports),
    irVersion: Math.max(model.irVersion, 4),
  })
  const values = new Map<Value, Value>()
  const needed = neededFor(wanted)
  const read = (value: Value | undefined) =>
    value && (values.get(value) ?? addConstant(copy.graph, value, values))
  for (const node of region) {
    if (!needed.has(node)) continue
    const outputs = node.outputs.map((output) => output && declare(copy.graph, output, values))
    const attributes = Object.fromEntries(node.attributes)
    copy.graph.add(node.opType, node.inputs.map(read), { outputs, attributes, name: node.name })
  }
  for (const value of wanted) copy.graph.addOutput(values.get(value) as Value)
  return copy
}

function neededFor(wanted: readonly Value[]): Set<Node> {
  const needed = new Set<Node>(wanted.flatMap((value) => value.producer ?? []))
  for (const node of needed) for (const input of node.inputs) if (input?.producer) needed.add(input.producer)
  return needed
}

function addConstant(graph: Graph, value: Value, values: Map<Value, Value>): Value {
  const copy = declare(graph, value, values)
  copy.initializer = value.constant?.withName(copy.name)
  return copy
}

function declare(graph: Graph, value: Value, values: Map<Value, Value>): Value {
  const copy = graph.createValue(value.name)
  values.set(value, copy)
  return copy
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 200) ?? ''
}
