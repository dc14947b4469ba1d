import { OnnxpressError } from '../errors'
import type { Attribute } from './attribute'
import { type Extras, NO_EXTRAS } from './extras'
import { Node } from './node'
import type { Tensor } from './tensor'
import { Value } from './value'
import { tensorType, type ValueType } from './valueType'

/** How {@link Graph.add} makes a node. */
export interface AddOptions {
  /** Output values, or how many new ones to make; 1 if left out. */
  outputs?: readonly (Value | undefined)[] | number
  attributes?: Record<string, Attribute>
  domain?: string
  overload?: string
  name?: string
  /** The node before which to insert; at the end if left out. */
  before?: Node | undefined
}

/**
 * Nodes in execution order, and the values between them. Iterating is safe while nodes are added or removed: a removed
 * node is skipped, nodes added further on are visited.
 */
export class Graph implements Iterable<Node> {
  readonly inputs: readonly Value[] = []
  readonly outputs: readonly Value[] = []
  extras: Extras = NO_EXTRAS
  /** The node whose attribute holds this graph; undefined for a model's main graph. */
  parentNode: Node | undefined
  private readonly valueMap = new Map<string, Value>()
  /** Every name in use here and in graphs around and inside, with the next number worth trying for it. */
  private readonly takenNames: Map<string, number>
  private head: Node | undefined
  private tail: Node | undefined
  private count = 0

  /** @param outer the graph around this one, whose values it may read */
  constructor(
    public name = '',
    readonly outer?: Graph,
  ) {
    this.takenNames = outer ? outer.takenNames : new Map()
  }

  // --- nodes -------------------------------------------------------------------------------------------------------

  *[Symbol.iterator](): Iterator<Node> {
    for (let node = this.head; node; node = nextAlive(node, this)) {
      if (node.owner === this) yield node
    }
  }

  /** The nodes as an array, in execution order. */
  get nodes(): Node[] {
    return [...this]
  }

  get first(): Node | undefined {
    return this.head
  }

  get nodeCount(): number {
    return this.count
  }

  /** Adds a node that reads `inputs`; its new outputs have no type yet. */
  add(opType: string, inputs: readonly (Value | undefined)[], options: AddOptions = {}): Node {
    const { outputs = 1, attributes = {}, before, ...fields } = options
    const made =
      typeof outputs === 'number'
        ? Array.from({ length: outputs }, () => this.createValue(`${options.name || opType}_output`))
        : outputs
    const node = new Node({ opType, ...fields }, inputs, made)
    for (const [name, attribute] of Object.entries(attributes)) node.setAttribute(name, attribute)
    this.link(node, before)
    return node
  }

  /** Moves a node of this graph to before another, or to the end. */
  move(node: Node, before?: Node): void {
    if (before === node) return
    this.unlink(node)
    this.link(node, before)
  }

  /**
   * Removes a node whose outputs nobody reads any more, and forgets those outputs.
   * @throws OnnxpressError `INVALID_GRAPH` when an output is still read.
   */
  remove(node: Node): void {
    const read = node.outputs.find((output) => output && !output.isUnused)
    if (read)
      throw invalid(
        `Cannot remove ${node.label}: its output ${JSON.stringify(read.name)} is still used`,
        node.label,
      )
    this.unlink(node)
    const outputs = node.outputs
    node.detach()
    for (const output of outputs) if (output) this.forget(output)
  }

  // --- values ------------------------------------------------------------------------------------------------------

  /** All values of this graph, inputs and initializers included. */
  get values(): Iterable<Value> {
    return this.valueMap.values()
  }

  /** The values that have an initializer. */
  get initializers(): Value[] {
    return [...this.valueMap.values()].filter((value) => value.initializer)
  }

  /** The value of that name in this graph or in one around it. */
  find(name: string): Value | undefined {
    return this.valueMap.get(name) ?? this.outer?.find(name)
  }

  /** The value of that name in this graph alone. */
  own(name: string): Value | undefined {
    return this.valueMap.get(name)
  }

  /** A new value; a number is added to the name where it is taken. */
  createValue(name: string, type?: ValueType): Value {
    return this.declareValue(this.uniqueName(name), type)
  }

  /**
   * A new value of exactly that name.
   * @throws OnnxpressError `INVALID_GRAPH` when this graph has a value of that name.
   */
  declareValue(name: string, type?: ValueType): Value {
    if (this.valueMap.has(name))
      throw invalid(`Two values of one graph are called ${JSON.stringify(name)}`, name)
    const value = new Value(name, this)
    value.type = type
    this.valueMap.set(name, value)
    this.take(name)
    return value
  }

  /** A name that no value of this graph, nor of a graph around or inside it, has. */
  uniqueName(name: string): string {
    let number = this.takenNames.get(name)
    if (number === undefined) return name
    while (this.takenNames.has(`${name}_${number}`)) number++
    this.takenNames.set(name, number)
    return `${name}_${number}`
  }

  rename(value: Value, name: string): void {
    if (value.name === name) return
    if (this.valueMap.has(name))
      throw invalid(`Cannot rename ${JSON.stringify(value.name)}: ${JSON.stringify(name)} is taken`, name)
    this.valueMap.delete(value.name)
    value.currentName = name
    this.valueMap.set(name, value)
    this.take(name)
    if (value.initializer) value.initializer = value.initializer.withName(name)
  }

  /** A new constant; `name` is made unique. */
  addInitializer(tensor: Tensor, name = tensor.name || 'constant'): Value {
    const value = this.createValue(name, tensorType(tensor.dataType, tensor.shape))
    value.initializer = tensor.withName(value.name)
    return value
  }

  addInput(value: Value): void {
    ;(this.inputs as Value[]).push(value)
    value.inputCount++
  }

  addOutput(value: Value): void {
    ;(this.outputs as Value[]).push(value)
    value.outputCount++
  }

  removeInput(value: Value): void {
    const index = this.inputs.indexOf(value)
    if (index < 0) return
    ;(this.inputs as Value[]).splice(index, 1)
    value.inputCount--
  }

  setOutput(index: number, value: Value): void {
    const before = this.outputs[index]
    if (before) before.outputCount--
    ;(this.outputs as Value[])[index] = value
    value.outputCount++
  }

  /** Lets every node that reads `from`, in subgraphs too, read `to`. Graph outputs stay as they are. */
  replaceUses(from: Value, to: Value): void {
    for (const use of from.uses) use.node.setInput(use.index, to)
  }

  /**
   * Lets everything that reads `from` read `to`, graph outputs included: they keep their names, so `to` takes over the
   * name of `from`. Returns why that cannot be, or undefined when it is done.
   */
  replace(from: Value, to: Value): string | undefined {
    if (from.isGraphOutput) {
      if (from.graph !== to.graph) return 'a graph output cannot be replaced by a value of another graph'
      if (to.isGraphOutput || to.isGraphInput)
        return 'both are inputs or outputs of the graph, whose names must stay'
      if (to.initializer) return 'a graph output cannot be replaced by a constant'
    }
    this.replaceUses(from, to)
    if (from.isGraphOutput) this.takeOverOutput(from, to)
    return undefined
  }

  /** Forgets a value that nobody reads or makes: a leftover output or initializer. */
  forget(value: Value): void {
    if (!value.isUnused || value.isGraphInput)
      throw invalid(`Cannot forget ${JSON.stringify(value.name)}: it is in use`, value.name)
    this.valueMap.delete(value.name)
  }

  private take(name: string): void {
    if (!this.takenNames.has(name)) this.takenNames.set(name, 1)
  }

  private takeOverOutput(from: Value, to: Value): void {
    const name = from.name
    this.outputs.forEach((output, index) => {
      if (output === from) this.setOutput(index, to)
    })
    const type = from.type
    this.rename(from, this.uniqueName(`${name}_replaced`))
    this.rename(to, name)
    to.type = type ?? to.type
  }

  private link(node: Node, before?: Node): void {
    if (before && before.owner !== this)
      throw invalid('The node to insert before is not in this graph', before.label)
    node.owner = this
    node.next = before
    node.previous = before ? before.previous : this.tail
    if (node.previous) node.previous.next = node
    else this.head = node
    if (before) before.previous = node
    else this.tail = node
    this.count++
  }

  private unlink(node: Node): void {
    if (node.owner !== this) throw invalid(`${node.label} is not in this graph`, node.label)
    if (node.previous) node.previous.next = node.next
    else this.head = node.next
    if (node.next) node.next.previous = node.previous
    else this.tail = node.previous
    node.owner = undefined
    this.count--
  }
}

/** The next node of `graph`; from a removed node, back to the last neighbor that is still there and onwards. */
function nextAlive(node: Node, graph: Graph): Node | undefined {
  let here: Node | undefined = node
  while (here && here.owner !== graph) here = here.previous
  return here ? here.next : graph.first
}

function invalid(message: string, at: string): OnnxpressError {
  return new OnnxpressError('INVALID_GRAPH', message, { at })
}
