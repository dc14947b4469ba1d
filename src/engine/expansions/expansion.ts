/** Operators that are said by several others, in place of one node. */
import {
  type AddOptions,
  attribute,
  type DataType,
  dataTypeCode,
  type Node,
  Tensor,
  type Value,
} from '../../ir'
import { Decline, defineRule, graphOf, type Rule, type RuleContext, replaceNode } from '../../rewrite'
import { isFloat32 } from './float32'

type Attributes = NonNullable<AddOptions['attributes']>

/** An operator of onnxruntime's own set. */
export const microsoft = (opType: string): string => `com.microsoft.${opType}`

/** What stands in place of a node: parts in front of it, and last what takes over its outputs. */
export class Expansion {
  constructor(
    readonly node: Node,
    private readonly context: RuleContext,
  ) {}

  /** The attributes of the node, but for some. */
  attributes(...without: readonly string[]): Attributes {
    return Object.fromEntries([...this.node.attributes].filter(([name]) => !without.includes(name)))
  }

  /** Whether all floats of the model have 32 bits. */
  get isFloat32(): boolean {
    return isFloat32(this.context.model)
  }

  /** Whether somebody reads one of these outputs. */
  isAsked(...outputs: readonly number[]): boolean {
    return outputs.some((index) => this.node.output(index)?.isUnused === false)
  }

  rankOf(value: Value | undefined): number | undefined {
    return value && this.context.types.rankOf(value)
  }

  float(number: number): Value {
    return this.constant(Tensor.float32([number]))
  }

  constant(tensor: Tensor, name?: string): Value {
    return graphOf(this.node).addInitializer(tensor, name)
  }

  add(opType: string, inputs: readonly (Value | undefined)[], attributes: Attributes = {}): Value {
    return this.addAll(opType, inputs, 1, attributes)[0] as Value
  }

  cast(x: Value, to: DataType): Value {
    return this.add('Cast', [x], { to: attribute.int(dataTypeCode(to)) })
  }

  /** A part with several outputs. */
  addAll(
    opType: string,
    inputs: readonly (Value | undefined)[],
    outputs: number,
    attributes: Attributes = {},
  ): readonly Value[] {
    const before = this.node
    return graphOf(before).add(opType, inputs, { outputs, attributes, before }).outputs as Value[]
  }

  /** A part that makes what the node made as that output, if it did. */
  takeOver(
    index: number,
    opType: string,
    inputs: readonly (Value | undefined)[],
    attributes: Attributes = {},
  ): Value {
    const output = this.node.output(index)
    if (!output) return this.add(opType, inputs, attributes)
    this.node.setOutput(index, undefined)
    graphOf(this.node).add(opType, inputs, { outputs: [output], attributes, before: this.node })
    return output
  }

  /** Ends with a part that makes all that the node still makes. */
  finish(opType: string, inputs: readonly (Value | undefined)[], attributes: Attributes = {}): void {
    replaceNode(this.node, opType, inputs, attributes)
  }

  /** Removes the node, all of whose outputs have been taken over. */
  remove(): void {
    graphOf(this.node).remove(this.node)
  }

  /** x with its last two axes exchanged; undefined where it may have none. */
  transposed(x: Value | undefined): Value | undefined {
    const rank = this.rankOf(x)
    if (!x || rank === undefined || rank < 2) return undefined
    const order = Array.from({ length: rank }, (_, axis) => axis)
    order.push(...order.splice(rank - 2, 1))
    return this.add('Transpose', [x], { perm: attribute.ints(order) })
  }
}

/**
 * A rule for nodes of these types.
 * @param expand why a node is left alone, before anything is changed; undefined when it is expanded
 */
export function expansion(opTypes: readonly string[], expand: (site: Expansion) => string | undefined): Rule {
  return defineRule({
    name: 'expand',
    opTypes,
    match: (node) => ({ nodes: [node] }),
    rewrite({ nodes: [node] }, context) {
      const reason = node && expand(new Expansion(node, context))
      return node && reason ? new Decline(node.label, reason) : undefined
    },
  })
}

/**
 * The same for operators on floats, only where all of them have 32 bits: constants of another type could not be added, and
 * onnxruntime does not have every operator for every type.
 */
export function float32Expansion(
  opTypes: readonly string[],
  expand: (site: Expansion) => string | undefined,
): Rule {
  return expansion(opTypes, (site) => (site.isFloat32 ? expand(site) : 'floats of other than 32 bits'))
}
