/** Nodes that are computed together: a convolution or product, and what is done to its result as it is stored. */
import type { Node, Value } from '../../ir'

/** Nodes in the order of the graph, the first the head; the last one's output is what leaves the group. */
export interface Group {
  readonly nodes: readonly Node[]
  /** What is added to sums of integers, and what they are multiplied by once they are floats. */
  readonly addend?: Value | undefined
  readonly scale?: Value | undefined
  /** A constant that a node of the group adds to the head's result, one number a column. */
  readonly bias?: Value | undefined
  /** Added to the head's result, of the same shape. */
  readonly residual?: Value | undefined
  readonly activation?: Node | undefined
  /** Whether it is a product with a number and the addition of another. */
  readonly isAffine?: boolean
  /** A softmax of what the nodes before it scale and add a mask to. */
  readonly softmax?: Node | undefined
  /** Makes 8-bit values of the result. */
  readonly quantize?: Node | undefined
  /** Adds to these 8-bit values others, and makes 8-bit values of the sum. */
  readonly sum?: QuantizedSum | undefined
}

export interface QuantizedSum {
  readonly other: Value
  /** Whether the Add has it before the group's own value. */
  readonly otherFirst: boolean
  readonly activation: Node | undefined
  readonly quantize: Node
}
