/** Which nodes are computed together: a convolution or product, and what is done to its result as it is stored. */
import type { Node, Value } from '../../ir'
import { activationOf } from '../operators/activation'

/** Nodes in the order of the graph, the first the head; the last one's output is what leaves the group. */
export interface Group {
  readonly nodes: readonly Node[]
  /** What sums of integers are multiplied by, once they are floats. */
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
  readonly activation: Node | undefined
  readonly quantize: Node
}

const PRODUCTS = ['Conv', 'Gemm', 'MatMul']

/** A product of onnxruntime's own operator set. */
const isNarrow = (node: Node) => node.domain === 'com.microsoft' && node.opType === 'MatMulNBits'

/** All nodes in groups, each group at the place of its last node, so that everything it reads is there by then. */
export function groupsOf(nodes: readonly Node[]): Group[] {
  const inside = new Set(nodes)
  const byLast = new Map<Node, Group>()
  const taken = new Set<Node>()
  for (const node of nodes) {
    if (taken.has(node)) continue
    const group = groupFrom(node, inside, taken)
    if (group.nodes.length === 1) continue
    for (const member of group.nodes) taken.add(member)
    byLast.set(group.nodes.at(-1) ?? node, group)
  }
  return nodes.flatMap((node): Group[] => {
    const group = byLast.get(node)
    if (group) return [group]
    return taken.has(node) ? [] : [{ nodes: [node] }]
  })
}

type Next = () => Node | undefined

/** Goes on from the last of `nodes` to the node that alone reads it, if that may join. */
function nextOf(nodes: readonly Node[], inside: ReadonlySet<Node>, taken: ReadonlySet<Node>): Next {
  return () => {
    const node = onlyReader(nodes.at(-1) as Node)
    return node && inside.has(node) && !taken.has(node) ? node : undefined
  }
}

function groupFrom(node: Node, inside: ReadonlySet<Node>, taken: ReadonlySet<Node>): Group {
  if (node.is('MatMulInteger')) return scaledFrom(node, inside, taken)
  const special = (node.is('Mul') && affineFrom(node, inside, taken)) || softmaxFrom(node, inside, taken)
  if (special) return special
  return node.is(...PRODUCTS) || isNarrow(node)
    ? productFrom(node, inside, taken)
    : quantizedFrom(node, inside, taken)
}

/** A product with one constant number to which another one is added: a · x + b. */
function affineFrom(head: Node, inside: ReadonlySet<Node>, taken: ReadonlySet<Node>): Group | undefined {
  const nodes = [head]
  const isScalar = (value: Value | undefined) => value?.constant?.size === 1
  const sum = nextOf(nodes, inside, taken)()
  if (!sum?.is('Add') || !head.inputs.some(isScalar) || !sum.inputs.some(isScalar)) return undefined
  return { nodes: [head, sum], isAffine: true }
}

/** Scores of an attention: multiplied or divided by a constant number, a mask added, and a softmax of that. */
function softmaxFrom(head: Node, inside: ReadonlySet<Node>, taken: ReadonlySet<Node>): Group | undefined {
  if (!head.is('Mul', 'Div', 'Add')) return undefined
  const nodes = [head]
  const next = nextOf(nodes, inside, taken)
  if (!head.is('Add')) {
    const factor = head.is('Div') ? head.input(1) : head.inputs.find((input) => input?.constant?.size === 1)
    if (factor?.constant?.size !== 1) return undefined
    taking(next, nodes, (node) => node.is('Add'))
  }
  const softmax = taking(next, nodes, (node) => node.is('Softmax'))
  return softmax && { nodes, softmax }
}

/** Sums of integers: cast, multiplied by scales, and then as any product. */
function scaledFrom(head: Node, inside: ReadonlySet<Node>, taken: ReadonlySet<Node>): Group {
  const nodes = [head]
  const next = nextOf(nodes, inside, taken)
  const cast = taking(next, nodes, (node) => node.is('Cast'))
  const product = cast && taking(next, nodes, (node) => node.is('Mul'))
  if (!product) return { nodes: [head] }
  const scale = product.inputs.find((input) => input !== cast.output())
  const bias = biasAdded(next(), nodes)
  const residual = residualAdded(next(), nodes)
  const activation = taking(next, nodes, (node) => activationOf(node) !== undefined)
  return { nodes, scale, bias, residual, activation }
}

function productFrom(head: Node, inside: ReadonlySet<Node>, taken: ReadonlySet<Node>): Group {
  const nodes = [head]
  const next = nextOf(nodes, inside, taken)
  const bias = head.is('MatMul') || (isNarrow(head) && !head.input(5)) ? biasAdded(next(), nodes) : undefined
  const residual = residualAdded(next(), nodes)
  const activation = taking(next, nodes, (node) => activationOf(node) !== undefined)
  const quantize = taking(next, nodes, (node) => node.is('QuantizeLinear'))
  const sum = quantize && quantizedSum(nodes, next)
  return { nodes, bias, residual, activation, quantize, sum }
}

/** Any other node of which 8-bit values are made, perhaps after an activation. */
function quantizedFrom(head: Node, inside: ReadonlySet<Node>, taken: ReadonlySet<Node>): Group {
  const nodes = [head]
  if (head.is('QuantizeLinear', 'DequantizeLinear')) return { nodes }
  const next = nextOf(nodes, inside, taken)
  const activation = taking(next, nodes, (node) => node.is('Relu', 'Clip'))
  const quantize = taking(next, nodes, (node) => node.is('QuantizeLinear'))
  return quantize ? { nodes, activation, quantize } : { nodes: [head] }
}

/** Takes the next node in if it is of that kind. */
function taking(next: Next, nodes: Node[], isKind: (node: Node) => boolean): Node | undefined {
  const node = next()
  if (!node || !isKind(node)) return undefined
  nodes.push(node)
  return node
}

function quantizedSum(nodes: Node[], next: Next): QuantizedSum | undefined {
  const before = nodes.length
  const other = taking(next, nodes, (node) => node.is('DequantizeLinear')) && residualAdded(next(), nodes)
  const activation = other && taking(next, nodes, (node) => node.is('Relu', 'Clip'))
  const quantize = other && taking(next, nodes, (node) => node.is('QuantizeLinear'))
  if (other && quantize) return { other, activation, quantize }
  nodes.length = before
  return undefined
}

/** The node that alone reads a node's only result, which is no output of the graph. */
function onlyReader(node: Node): Node | undefined {
  const value = node.output()
  const [use, ...others] = value?.uses ?? []
  if (!value || !use || others.length > 0 || value.isGraphOutput || node.outputs.length > 1) return undefined
  return use.node
}

function biasAdded(node: Node | undefined, nodes: Node[]): Value | undefined {
  const other = node?.is('Add') ? otherInput(node, nodes) : undefined
  if (!node || other?.constant?.shape.length !== 1) return undefined
  nodes.push(node)
  return other
}

function residualAdded(node: Node | undefined, nodes: Node[]): Value | undefined {
  const other = node?.is('Add') ? otherInput(node, nodes) : undefined
  if (!node || !other || other.constant) return undefined
  nodes.push(node)
  return other
}

/** What an Add takes besides the last node's result. */
function otherInput(node: Node, nodes: readonly Node[]): Value | undefined {
  const result = nodes.at(-1)?.output()
  return node.inputs.find((input) => input !== result)
}
