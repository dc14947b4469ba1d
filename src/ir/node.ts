import { OnnxpressError } from '../errors'
import { type Attribute, type AttributeType, type AttributeValues, graphsOf, toSafeNumber } from './attribute'
import { type Extras, NO_EXTRAS } from './extras'
import type { Graph } from './graph'
import type { Tensor } from './tensor'
import type { Use, Value } from './value'

/** The words of a node that are not edges. */
export interface NodeFields {
  readonly opType: string
  readonly domain?: string
  readonly overload?: string
  readonly name?: string
}

/** Of all nodes that have none, as half of a quantized graph's. */
const NO_ATTRIBUTES: ReadonlyMap<string, Attribute> = new Map()

/** One operation of a graph. Inputs may be missing (`undefined`), as ONNX's optional inputs are. */
export class Node {
  opType: string
  /** Operator set: `''` is ONNX's own. */
  domain: string
  overload: string
  name: string
  extras: Extras = NO_EXTRAS
  /** @internal neighbors in the graph's list; kept after removal so that iterators find their way back */
  previous: Node | undefined
  /** @internal */ next: Node | undefined
  /** @internal */ owner: Graph | undefined
  private readonly read: (Value | undefined)[]
  /** What the values in `read` know of being read here. */
  private readonly slots: (Use | undefined)[]
  private readonly made: (Value | undefined)[]
  private ownAttributes: Map<string, Attribute> | undefined

  /** @internal Nodes are made by {@link Graph.add}. */
  constructor(
    fields: NodeFields,
    inputs: readonly (Value | undefined)[],
    outputs: readonly (Value | undefined)[],
  ) {
    this.opType = fields.opType
    this.domain = fields.domain === 'ai.onnx' ? '' : (fields.domain ?? '')
    this.overload = fields.overload ?? ''
    this.name = fields.name ?? ''
    this.made = [...outputs]
    for (const output of outputs) if (output) output.producer = this
    this.read = inputs.slice(0, inputs.findLastIndex((input) => input) + 1)
    this.slots = this.read.map((value, index) => value && this.readAt(index, value))
  }

  /** The graph that holds this node; undefined once it is removed. */
  get graph(): Graph | undefined {
    return this.owner
  }

  get inputs(): readonly (Value | undefined)[] {
    return this.read
  }

  /** Outputs; `undefined` where an optional output is left out. */
  get outputs(): readonly (Value | undefined)[] {
    return this.made
  }

  /** A name for people and reports: the node's own, or its type and first output. */
  get label(): string {
    return this.name || `${this.opType}(${this.outputs[0]?.name ?? ''})`
  }

  /** The operator by name, behind its set's where that is not ONNX's own: `Conv`, `com.microsoft.FusedConv`. */
  get qualifiedType(): string {
    return this.domain ? `${this.domain}.${this.opType}` : this.opType
  }

  /** Whether this is that operation of ONNX's own operator set. */
  is(...opTypes: string[]): boolean {
    return this.domain === '' && opTypes.includes(this.opType)
  }

  input(index: number): Value | undefined {
    return this.read[index]
  }

  output(index = 0): Value | undefined {
    return this.made[index]
  }

  /** Reads `value` as input `index`; missing inputs before it are left out. Trailing missing inputs are dropped. */
  setInput(index: number, value: Value | undefined): void {
    this.slots[index] && this.read[index]?.removeUse(this.slots[index])
    while (this.read.length <= index) {
      this.read.push(undefined)
      this.slots.push(undefined)
    }
    this.read[index] = value
    this.slots[index] = value && this.readAt(index, value)
    while (this.read.length > 0 && this.read.at(-1) === undefined) {
      this.read.pop()
      this.slots.pop()
    }
  }

  /** Makes `value` output `index`. The value must not have another producer. */
  setOutput(index: number, value: Value | undefined): void {
    const before = this.made[index]
    if (before?.producer === this) before.producer = undefined
    while (this.made.length <= index) this.made.push(undefined)
    this.made[index] = value
    if (value) value.producer = this
  }

  /** As they are now: asked for again after a change. */
  get attributes(): ReadonlyMap<string, Attribute> {
    return this.ownAttributes ?? NO_ATTRIBUTES
  }

  /** The graphs of an attribute that is replaced read nothing any more, unless another node has taken them over. */
  setAttribute(name: string, attribute: Attribute): void {
    this.releaseGraphs(name, graphsOf(attribute))
    this.ownAttributes ??= new Map()
    this.ownAttributes.set(name, attribute)
    for (const graph of graphsOf(attribute)) graph.parentNode = this
  }

  removeAttribute(name: string): void {
    this.releaseGraphs(name, [])
    this.ownAttributes?.delete(name)
  }

  /** Graphs held by attributes: the branches of If, the bodies of Loop and Scan. */
  get subgraphs(): Graph[] {
    const found: Graph[] = []
    for (const attribute of this.attributes.values()) found.push(...graphsOf(attribute))
    return found
  }

  /** The attribute's value as a number clamped to ±(2^53 − 1), or `fallback` where it is left out. */
  int<T extends number | undefined>(name: string, fallback: T): number | T {
    const value = this.attributeOf(name, 'int')
    return value === undefined ? fallback : toSafeNumber(value)
  }

  ints<T extends readonly number[] | undefined>(name: string, fallback: T): readonly number[] | T {
    return this.attributeOf(name, 'ints')?.map(toSafeNumber) ?? fallback
  }

  float<T extends number | undefined>(name: string, fallback: T): number | T {
    return this.attributeOf(name, 'float') ?? fallback
  }

  floats<T extends readonly number[] | undefined>(name: string, fallback: T): readonly number[] | T {
    return this.attributeOf(name, 'floats') ?? fallback
  }

  string<T extends string | undefined>(name: string, fallback: T): string | T {
    const value = this.attributeOf(name, 'string')
    return value === undefined
      ? fallback
      : typeof value === 'string'
        ? value
        : Buffer.from(value).toString('latin1')
  }

  tensor(name: string): Tensor | undefined {
    return this.attributeOf(name, 'tensor')
  }

  /**
   * The value of an attribute of a certain type.
   * @throws OnnxpressError `BAD_MODEL` when the attribute is there under another type.
   */
  attributeOf<T extends AttributeType>(name: string, type: T): AttributeValues[T] | undefined {
    const found = this.attributes.get(name)
    if (!found || found.type === 'reference') return undefined
    if (found.type === type) return found.value as AttributeValues[T]
    throw new OnnxpressError(
      'BAD_MODEL',
      `Expected attribute ${name} of ${this.label} to be ${type}, found ${found.type}`,
      {
        at: this.label,
      },
    )
  }

  /** @internal Forgets all inputs and outputs, inside subgraphs too; called when the node leaves its graph. */
  detach(): void {
    for (let index = this.read.length - 1; index >= 0; index--) this.setInput(index, undefined)
    for (const output of this.made) if (output?.producer === this) output.producer = undefined
    for (const graph of this.subgraphs) if (graph.parentNode === this) detachGraph(graph)
  }

  /** @internal Whether the value at input `index` knows that this node reads it. */
  isKnownTo(value: Value, index: number): boolean {
    const slot = this.slots[index]
    return slot !== undefined && value.hasUse(slot)
  }

  private readAt(index: number, value: Value): Use {
    const use = { node: this, index }
    value.addUse(use)
    return use
  }

  private releaseGraphs(name: string, kept: readonly Graph[]): void {
    const before = this.attributes.get(name)
    for (const graph of before ? graphsOf(before) : []) {
      if (graph.parentNode === this && !kept.includes(graph)) detachGraph(graph)
    }
  }
}

/** Lets a graph's nodes and outputs read nothing any more, so that values around it do not count them. */
function detachGraph(graph: Graph): void {
  for (const node of graph) node.detach()
  for (const output of graph.outputs) if (output.graph !== graph) output.outputCount--
}
