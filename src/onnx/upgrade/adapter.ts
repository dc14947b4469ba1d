import type { Node } from '../../ir/node'
import type { Tensor } from '../../ir/tensor'
import type { Value } from '../../ir/value'
import type { Facts } from './facts'

/** What an adapter may ask and make while a graph goes from one opset to the next. */
export interface Step {
  /** Ranks and element types, as far as they follow from the graph. */
  readonly facts: Facts
  /** Resize nodes that came from Upsample, whose scales are never below one. */
  readonly enlarging: Set<Node>
  /** A new constant that `node` can read; `role` ends its name. */
  constant(node: Node, role: string, tensor: Tensor): Value
}

/** Rewrites one node for the next version of its operator, in place; returns why it cannot. */
export type Adapt = (node: Node, step: Step) => string | undefined

/** The adapters of one theme: operator, then the version that the adapter leads to. */
export type AdapterTable = Readonly<Record<string, Readonly<Record<number, Adapt>>>>
