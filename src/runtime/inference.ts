/**
 * Asks onnxruntime about values: the model is copied with the values in question as outputs and with large weights as
 * inputs, opened, and never run.
 */
import { OnnxpressError } from '../errors'
import { type Graph, type Model, type Node, type Tensor, tensorType, type Value, type ValueType } from '../ir'
import type { RequestOptions } from './host'
import type { Port } from './protocol'
import { withSession } from './session'
import { valueNamed, withOutputs } from './withOutputs'

/** Sizes of the axes, by the value's name. */
export type ValueShapes = Readonly<Record<string, readonly number[]>>

/** Constants up to this many elements may be shapes and axes, which inference wants to know. */
const SMALL_ELEMENTS = 4096
/** How often to try again without the values that onnxruntime-node cannot describe. */
const MOST_TRIES = 48

export class Inference {
  /** What is known about values that onnxruntime does not find out by itself. */
  readonly hints = new Map<string, ValueType>()
  private tries = 0
  private keepWeights = false

  /** @param shapes of inputs; others have those that the model declares */
  constructor(
    private readonly model: Model,
    private readonly shapes: ReadonlyMap<string, readonly number[]>,
    private readonly request: RequestOptions,
  ) {}

  /** An input's type of the sizes asked for; undefined where none are. */
  inputType({ name, tensorType: declared }: Value): ValueType | undefined {
    const shape = this.shapes.get(name)
    return shape && declared?.dataType && tensorType(declared.dataType, shape)
  }

  /** Ports of those of the named values that can be described; halves the question until nothing is in the way. */
  async describe(names: readonly string[]): Promise<readonly Port[]> {
    if (names.length === 0 || this.tries++ >= MOST_TRIES) return []
    try {
      return await this.outputsOf((graph) => names.map((name) => valueNamed(graph, name)))
    } catch (error) {
      if (codeOf(error) !== 'UNSUPPORTED') throw error
      if (names.length === 1) return []
      const middle = names.length >> 1
      return [...(await this.describe(names.slice(0, middle))), ...(await this.describe(names.slice(middle)))]
    }
  }

  /** Number of axes of the named values; undefined where onnxruntime does not know it. */
  async shapeLengths(names: readonly string[]): Promise<Map<string, number | undefined>> {
    if (names.length === 0) return new Map()
    const ports = await this.outputsOf((graph) => names.map((name) => shapeOf(graph, name)))
    const lengths = ports.map(({ dims: [length] }) => (typeof length === 'number' ? length : undefined))
    return new Map(names.map((name, index) => [name, lengths[index]]))
  }

  private async outputsOf(pick: (graph: Graph) => readonly Value[]): Promise<readonly Port[]> {
    try {
      return await this.ask(pick)
    } catch (error) {
      // Some operations insist on constants where inference would not need them.
      if (this.keepWeights || codeOf(error) !== 'RUNTIME') throw error
      this.keepWeights = true
      return this.ask(pick)
    }
  }

  private ask(pick: (graph: Graph) => readonly Value[]): Promise<readonly Port[]> {
    const copy = withOutputs(this.model, (graph) => {
      this.setTypes(graph)
      if (!this.keepWeights) weightsToInputs(graph)
      return pick(graph)
    })
    // With sizes known, folding constants is what lets shapes be computed through the graph.
    const optimization = this.shapes.size > 0 ? 'basic' : 'disabled'
    return withSession(copy, { optimization, threads: 1 }, async (session) => session.outputs, this.request)
  }

  /** What passes left behind may be out of date; inference starts from inputs, constants and hints alone. */
  private setTypes(graph: Graph): void {
    for (const value of graph.values) {
      if (value.producer && !value.isGraphOutput) value.type = this.hints.get(value.name)
      if (value.isGraphInput) value.type = this.inputType(value) ?? value.type
    }
  }
}

/** The tensor of a `Constant` node. */
export function constantOf(node: Node | undefined): Tensor | undefined {
  return node?.is('Constant') ? node.tensor('value') : undefined
}

function shapeOf(graph: Graph, name: string): Value {
  const shape = graph.createValue(`${name}_shape`)
  graph.add('Shape', [valueNamed(graph, name)], { outputs: [shape] })
  return shape
}

function weightsToInputs(graph: Graph): void {
  for (const value of graph.initializers) {
    const { initializer } = value
    if (value.isGraphInput || !initializer || initializer.size <= SMALL_ELEMENTS) continue
    value.type = tensorType(initializer.dataType, initializer.shape)
    value.initializer = undefined
    graph.addInput(value)
  }
  for (const node of graph) constantToInput(node, graph)
}

function constantToInput(node: Node, graph: Graph): void {
  const tensor = constantOf(node)
  const value = node.output()
  if (!tensor || !value || tensor.size <= SMALL_ELEMENTS || value.isGraphOutput) return
  node.setOutput(0, undefined)
  graph.remove(node)
  value.type = tensorType(tensor.dataType, tensor.shape)
  graph.addInput(value)
}

function codeOf(error: unknown): string | undefined {
  return error instanceof OnnxpressError ? error.code : undefined
}
