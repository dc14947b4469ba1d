/** What a plan knows about the values of a graph, and where their elements lie. */
import { byteLengthOf, countElements, type DataType, type Node, Tensor, type Value } from '../../ir'
import { dequantizedConstant } from './dequantizedConstant'
import { Fact } from './fact'
import { Slot } from './slot'
import { ContentsNeeded, decline } from './unplannable'
import { rawSource } from './weights'

export class Facts {
  private readonly facts = new Map<Value, Fact>()
  private readonly constantSlots = new Map<Tensor, Slot>()

  /**
   * @param small names of small inputs, whose contents may turn out to be needed
   * @param isEvaluation whether this is itself the computation of a constant
   */
  constructor(
    private readonly small: readonly string[] = [],
    readonly isEvaluation = false,
  ) {}

  /** What is known about a value; constants are known from the start. */
  fact(value: Value): Fact {
    return this.factOf(value) ?? decline(`${JSON.stringify(value.name)} is not computed here`)
  }

  /** The same; undefined of a value between nodes that are computed as one. */
  factOf(value: Value): Fact | undefined {
    const known = this.facts.get(value)
    if (known || !value.constant) return known
    const fact = Fact.constant(value.constant)
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

  /** Whether a value is a small input whose contents may become a part of what the plan is made for. */
  mayDecide({ name }: Value): boolean {
    return this.small.includes(name)
  }

  /** The elements, if they are known: integers of constants become floats, and other orders are made, when asked for. */
  knownTensor(fact: Fact): Tensor | undefined {
    if (!fact.constant && !fact.slot) fact.constant = this.constantOf(fact)
    return fact.constant
  }

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
    if (!fact.slot && !this.knownTensor(fact)) fact.slot = fact.make.slot?.()
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

  /** The elements of a value that is known in another form. */
  private constantOf(fact: Fact): Tensor | undefined {
    if (fact.dequantized?.from.constant && !this.isEvaluation) return dequantizedConstant(fact)
    return fact.make.constant?.()
  }
}
