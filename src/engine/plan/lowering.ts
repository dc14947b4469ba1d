/** Turns nodes into steps, one after the other, in the order in which they run. */
import { byteLengthOf, countElements, type DataType, type Node, Tensor, type Value } from '../../ir'
import { ruleOf } from '../operators'
import { dequantizedConstant } from './dequantizedConstant'
import { evaluate } from './evaluate'
import { Fact } from './fact'
import { type Group, groupsOf } from './fusion'
import { Slot } from './slot'
import type { Step } from './step'
import { ContentsNeeded, decline, Unplannable } from './unplannable'
import { rawSource, type WeightSource } from './weights'

/** What a step reads: a value in row-major order, one in another form, or weights in a packed form. */
export type Operand = Fact | Slot | WeightSource

/** Results of constant nodes beyond this are not computed at plan time. */
const MOST_EVALUATED_BYTES = 2 ** 26

export class Lowering {
  readonly steps: Step[] = []
  private readonly facts = new Map<Value, Fact>()
  private readonly constantSlots = new Map<Tensor, Slot>()
  private current: readonly Node[] = []

  /**
   * @param small names of inputs that are small integers, whose contents may turn out to be needed
   * @param isEvaluation whether this is itself the computation of a constant
   */
  constructor(
    private readonly small: readonly string[] = [],
    readonly isEvaluation = false,
  ) {}

  // --- values ------------------------------------------------------------------------------------------------------

  /** What is known about a value; constants are known from the start. */
  fact(value: Value): Fact {
    const known = this.facts.get(value)
    if (known) return known
    const tensor = value.constant
    if (!tensor) return decline(`${JSON.stringify(value.name)} is not computed here`)
    const fact = Fact.constant(tensor)
    this.facts.set(value, fact)
    return fact
  }

  define(value: Value | undefined, fact: Fact): void {
    if (value) this.facts.set(value, fact)
  }

  /** Input `index` of a node, which must be there. */
  input(node: Node, index: number): Fact {
    const value = node.input(index)
    return value ? this.fact(value) : decline(`input ${index} is missing`)
  }

  optional(node: Node, index: number): Fact | undefined {
    const value = node.input(index)
    return value && this.fact(value)
  }

  /** Input `index`, of float32. */
  floats(node: Node, index: number): Fact {
    const fact = this.input(node, index)
    return fact.dataType === 'float32' ? fact : decline(`elements of type ${fact.dataType}`)
  }

  /** The elements of a value that must be known now: shapes, axes, bounds. */
  tensorOf(fact: Fact): Tensor {
    const known = this.knownTensor(fact)
    if (known) return known
    if (this.small.length > 0) throw new ContentsNeeded(this.small)
    return decline('it needs numbers that are only known when the model runs')
  }

  numbers(fact: Fact): number[] {
    return this.tensorOf(fact).toNumbers()
  }

  /** The elements, if they are known: integers of constants become floats when asked for. */
  knownTensor(fact: Fact): Tensor | undefined {
    if (!fact.constant && fact.dequantized?.from.constant) this.materialize(fact)
    return fact.constant
  }

  // --- memory ------------------------------------------------------------------------------------------------------

  /** A new value in the working memory. */
  create(dataType: DataType, shape: readonly number[]): Fact {
    return Fact.at(dataType, shape, Slot.arena(byteLengthOf(dataType, countElements(shape))))
  }

  /** The same elements under another shape: no step. */
  reshaped(fact: Fact, shape: readonly number[]): Fact {
    const view = new Fact(fact.dataType, shape)
    if (fact.constant) view.constant = fact.constant.withShape(shape)
    else view.slot = this.slotOf(fact)
    return view
  }

  /** Some of a value's elements that lie together: no step. */
  part(fact: Fact, start: number, shape: readonly number[]): Fact {
    const element = byteLengthOf(fact.dataType, 1)
    const bytes = countElements(shape) * element
    return Fact.at(fact.dataType, shape, this.slotOf(fact).view(start * element, bytes))
  }

  /** Where the elements lie in row-major order; brings them there if they do not yet. */
  slotOf(fact: Fact): Slot {
    if (!fact.slot && !fact.constant) this.materialize(fact)
    if (fact.slot) return fact.slot
    const tensor = fact.constant
    if (!tensor) return decline('its elements are nowhere')
    const known = this.constantSlots.get(tensor) ?? Slot.constant(rawSource(tensor), tensor.byteLength)
    this.constantSlots.set(tensor, known)
    fact.slot = known
    return known
  }

  scalar(dataType: 'float32' | 'bool' | 'int64', value: number): Fact {
    const array =
      dataType === 'float32'
        ? Float32Array.of(value)
        : dataType === 'bool'
          ? Uint8Array.of(value)
          : BigInt64Array.of(BigInt(value))
    return Fact.constant(Tensor.from(dataType, [], array))
  }

  // --- steps -------------------------------------------------------------------------------------------------------

  /** Adds a step that reads and writes these. */
  step(
    kernel: string,
    inputs: readonly Operand[],
    outputs: readonly (Fact | Slot)[],
    parameters: readonly number[],
    note?: string,
  ): Step {
    const step: Step = {
      kernel,
      inputs: inputs.map((input) => this.operand(input)),
      outputs: outputs.map((output) => (output instanceof Fact ? this.slotOf(output) : output)),
      parameters,
      nodes: this.current,
      note,
    }
    this.steps.push(step)
    return step
  }

  /** Lowers a group of nodes, together as far as its head's rule can. */
  lower(group: Group): void {
    try {
      const covered = group.nodes.length > 1 ? this.lowerTogether(group) : 0
      if (covered === 0 && group.nodes[0]) this.lowerNode(group.nodes[0])
      for (const rest of groupsOf(group.nodes.slice(Math.max(covered, 1)))) this.lower(rest)
    } catch (error) {
      if (error instanceof Unplannable) error.node ??= this.current[0]
      throw error
    }
  }

  /** Adds steps later on in the name of these nodes. */
  within<T>(nodes: readonly Node[], body: () => T): T {
    const before = this.current
    this.current = nodes
    try {
      return body()
    } finally {
      this.current = before
    }
  }

  /** The nodes whose steps are being added. */
  get nodes(): readonly Node[] {
    return this.current
  }

  /** How many nodes of the group were lowered as one. */
  private lowerTogether(group: Group): number {
    const [head] = group.nodes
    const rule = head && ruleOf(head)
    this.current = group.nodes
    return head && rule?.lowerGroup ? rule.lowerGroup(head, this, group) : 0
  }

  private lowerNode(node: Node): void {
    this.current = [node]
    const rule = ruleOf(node)
    if (!rule) decline('the engine has no such operator')
    if (!this.isEvaluation && !rule.isLazy && this.fold(node)) return
    rule.lower(node, this)
  }

  /** Computes a node of constants now; says whether it did. */
  private fold(node: Node): boolean {
    const inputs = node.inputs.map((value) => value && this.fact(value))
    if (!inputs.every((fact) => !fact || this.knownTensor(fact) !== undefined)) return false
    const results = evaluate(node, inputs, MOST_EVALUATED_BYTES)
    if (!results) return false
    for (const [index, tensor] of results.entries()) {
      if (tensor) this.define(node.output(index), Fact.constant(tensor))
    }
    return true
  }

  /** Where what a step reads lies. */
  operand(input: Operand): Slot {
    if (input instanceof Fact) return this.slotOf(input)
    return input instanceof Slot ? input : this.packed(input)
  }

  private packed(source: WeightSource): Slot {
    if (this.isEvaluation) return decline('packed weights are not made for constants')
    return Slot.constant(source, 0)
  }

  /** Brings a value that is known in another form into row-major order. */
  private materialize(fact: Fact): void {
    if (fact.make.slot) fact.slot = fact.make.slot()
    else if (fact.dequantized?.from.constant && !this.isEvaluation) fact.constant = dequantizedConstant(fact)
    else decline('its elements are nowhere')
  }
}
