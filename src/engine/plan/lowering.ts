/** Turns nodes into steps, one after the other, in the order in which they run. */
import type { Node, Tensor } from '../../ir'
import { type Group, groupsOf, knownGroupsOf } from '../fusion/fusion'
import { ruleOf } from '../operators'
import { evaluate } from './evaluate'
import { Fact } from './fact'
import { Facts } from './facts'
import { foldedOnce } from './folded'
import { shapeResult } from './shapeArithmetic'
import { Slot } from './slot'
import type { Step } from './step'
import { decline, Unplannable } from './unplannable'
import type { WeightSource } from './weights'

/** What a step reads: a value in row-major order, one in another form, or weights in a packed form. */
export type Operand = Fact | Slot | WeightSource

/** Results of constant nodes beyond this are not computed at plan time. */
const MOST_EVALUATED_BYTES = 2 ** 26

export class Lowering extends Facts {
  readonly steps: Step[] = []
  private current: readonly Node[] = []

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

  /** Lowers nodes, those together that go together. Other plans may be made of the same list. */
  lowerAll(nodes: readonly Node[]): void {
    for (const group of knownGroupsOf(nodes)) this.lower(group)
  }

  /** Lowers a group of nodes, together as far as its head's rule can. */
  lower(group: Group): void {
    try {
      const covered = group.nodes.length > 1 ? this.lowerTogether(group) : 0
      if (covered === 0 && group.nodes[0]) this.lowerNode(group.nodes[0])
      const rest = group.nodes.slice(Math.max(covered, 1))
      if (rest.length > 0) for (const each of groupsOf(rest)) this.lower(each)
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
    if (!this.isEvaluation && !rule.isLazy?.(node, this) && this.fold(node)) return
    rule.lower(node, this)
  }

  /** Computes a node of constants now; says whether it did. */
  private fold(node: Node): boolean {
    const results = this.computed(node)
    if (!results) return false
    for (const [index, tensor] of results.entries()) {
      if (tensor) this.define(node.output(index), Fact.constant(tensor))
    }
    return true
  }

  /** What a node makes of constants; undefined where not all of its inputs are, or it is too large. */
  computed(node: Node): readonly (Tensor | undefined)[] | undefined {
    const inputs = node.inputs.map((value) => value && this.fact(value))
    if (!inputs.every((fact) => !fact || this.knownTensor(fact) !== undefined)) return undefined
    const tensors = inputs.map((fact) => fact?.constant)
    return foldedOnce(node, tensors, '', () => {
      const few = shapeResult(node, tensors)
      return few ? [few] : evaluate(node, inputs, MOST_EVALUATED_BYTES)
    })
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
}
