/** Nodes of which each alone reads the one before it: what a group is made of. */
import type { Node, Value } from '../../ir'

export class Chain {
  readonly nodes: Node[]

  /**
   * @param inside nodes that may join
   * @param taken those of them that other groups have
   */
  constructor(
    readonly head: Node,
    private readonly inside: ReadonlySet<Node>,
    private readonly taken: ReadonlySet<Node>,
  ) {
    this.nodes = [head]
  }

  /** Takes the next node in if it is of that kind. */
  take(isKind: (node: Node) => boolean): Node | undefined {
    const node = this.next()
    if (!node || !isKind(node)) return undefined
    this.nodes.push(node)
    return node
  }

  /** Takes in the addition of a constant vector; gives the vector. */
  takeBias(): Value | undefined {
    return this.takeAdded((value) => value.constant?.shape.length === 1)
  }

  /** Takes in the addition of a constant for each channel, in front of so many axes; gives the constant. */
  takeChannelBias(spatial: number): Value | undefined {
    return this.takeAdded(({ constant }) => {
      const [channels, ...before] = constant?.shape.slice(0, -spatial).reverse() ?? []
      return channels !== undefined && constant?.size === channels && before.length <= 1
    })
  }

  /** Takes in the addition of what is no constant; gives that. */
  takeResidual(mayJoin: (sum: Node) => boolean = () => true): Value | undefined {
    return this.takeAdded((value, sum) => !value.constant && mayJoin(sum))
  }

  /** Takes in any addition; gives what is added. */
  takeAddend(): Value | undefined {
    return this.takeAdded(() => true)
  }

  /** Lets all nodes behind the first `length` go. */
  cut(length: number): void {
    this.nodes.length = length
  }

  private takeAdded(isKind: (value: Value, sum: Node) => boolean): Value | undefined {
    const result = this.nodes.at(-1)?.output()
    const other = (node: Node) => node.inputs.find((input) => input !== result)
    const sum = this.take((node) => {
      const value = node.is('Add') ? other(node) : undefined
      return value !== undefined && isKind(value, node)
    })
    return sum && other(sum)
  }

  /** The node that alone reads the last one's result, if it may join. */
  private next(): Node | undefined {
    const node = onlyReader(this.nodes.at(-1) as Node)
    return node && this.inside.has(node) && !this.taken.has(node) ? node : undefined
  }
}

/** The node that alone reads a node's only result, which is no output of the graph. */
function onlyReader(node: Node): Node | undefined {
  const value = node.output()
  const [use, ...others] = value?.uses ?? []
  if (!value || !use || others.length > 0 || value.isGraphOutput || node.outputs.length > 1) return undefined
  return use.node
}
