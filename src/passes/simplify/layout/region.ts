/** The nodes around a Transpose that would do as well with their axes in another order, and what that costs. */
import type { Graph, Node, Use, Value } from '../../../ir'
import type { RuleContext } from '../../../rewrite'
import { type Movable, movableOf } from './movable'
import { composed, inverse, isIdentity, type Permutation } from './permutation'

/** Regions of more nodes are left alone: looking at one takes as long, and each Transpose around it looks. */
const MOST_NODES = 1024

export class Region {
  readonly nodes = new Map<Node, Movable>()
  /** Values whose axes get the new order: what the nodes make, and what they read of others. */
  readonly made = new Set<Value>()
  readonly read = new Set<Value>()

  /**
   * All that hangs together with what reads the value.
   * @param order the new one of the value's axes
   */
  constructor(
    readonly graph: Graph,
    readonly order: Permutation,
    private readonly context: RuleContext,
    start: Value,
  ) {
    const open = [start]
    const seen = new Set(open)
    const note = (value: Value | undefined) => {
      if (!value || seen.has(value)) return
      seen.add(value)
      open.push(value)
    }
    for (let value = open.pop(); value && this.nodes.size <= MOST_NODES; value = open.pop()) {
      for (const node of [...value.consumers, ...(value.producer ? [value.producer] : [])]) {
        const movable = this.nodes.has(node) ? undefined : this.movable(node, value)
        if (!movable) continue
        this.nodes.set(node, movable)
        for (const operand of movable.operands) note(operand)
        for (const output of movable.movesOutputs ? node.outputs : []) {
          if (output) this.made.add(output)
          note(output)
        }
      }
    }
    for (const { operands } of this.nodes.values())
      for (const operand of operands) if (!this.made.has(operand)) this.read.add(operand)
  }

  /** Whether a node may have its axes moved, by way of that value. */
  private movable(node: Node, value: Value): Movable | undefined {
    const { model, types, keeps } = this.context
    if (node.graph !== this.graph || keeps(node)) return undefined
    const found = movableOf({ node, order: this.order, types, opset: model.opset })
    const isItsOwn = node.outputs.includes(value) ? found?.movesOutputs : found?.operands.includes(value)
    return isItsOwn ? found : undefined
  }

  /** Who reads a value and is not moved with it. */
  outside(value: Value): Use[] {
    return value.uses.filter(({ node }) => !this.nodes.get(node)?.operands.includes(value))
  }

  /** How many Transposes there are more, once it is moved; those that only say another shape count for little. */
  get cost(): number {
    if (this.nodes.size > MOST_NODES) return Number.POSITIVE_INFINITY
    let cost = 0
    for (const value of this.read) cost += this.weight(value) * this.costOfReading(value)
    for (const value of this.made) cost += this.weight(value) * this.costOfMaking(value)
    return cost
  }

  private costOfReading(value: Value): number {
    // Those of constants are folded.
    if (value.constant) return 0
    const source = this.sourceOf(value)
    if (!source) return 1
    const isGone = this.outside(value).length === 0 && !value.isGraphOutput
    return (isIdentity(source.order) ? 0 : 1) - (isGone ? 1 : 0)
  }

  /**
   * What a value that a Transpose makes is made of, and the order in which that has the axes that the region wants; not of
   * what the region makes itself.
   */
  sourceOf(value: Value): { readonly of: Value; readonly order: Permutation } | undefined {
    const perm = transposeOf(value.producer)
    const of = value.producer?.input(0)
    return perm && of && !this.made.has(of) ? { of, order: composed(perm, this.order) } : undefined
  }

  private costOfMaking(value: Value): number {
    let cost = value.isGraphOutput ? 1 : 0
    for (const { node } of this.outside(value)) {
      const order = this.orderBehind(node)
      if (!order) cost = Math.max(cost, 1)
      else if (isIdentity(order) && !node.output()?.isGraphOutput) cost--
    }
    return cost
  }

  /** What a Transpose that reads a moved value has to do instead; undefined for other nodes. */
  orderBehind(node: Node): Permutation | undefined {
    const perm = node.graph === this.graph && !this.context.keeps(node) ? transposeOf(node) : undefined
    return perm && composed(inverse(this.order), perm)
  }

  /** A Transpose that leaves the axes longer than one in their order moves nothing. */
  private weight(value: Value): number {
    const shape = this.context.types.shapeOf(value)
    const axes = this.order.filter((axis) => shape?.[axis] !== 1)
    return shape && axes.every((axis, index) => index === 0 || axis > (axes[index - 1] as number))
      ? 1 / 1024
      : 1
  }
}

/** The order of axes that a Transpose makes; undefined of other nodes. */
export function transposeOf(node: Node | undefined): Permutation | undefined {
  return node?.is('Transpose') ? node.ints('perm', undefined) : undefined
}
