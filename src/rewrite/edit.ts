/** The edits that rules are made of. */
import { OnnxpressError } from '../errors'
import { type AddOptions, type Graph, type Node, type Tensor, tensorType, type Value } from '../ir'

/** The graph of a node that is still in one. */
export function graphOf(node: Node): Graph {
  if (node.graph) return node.graph
  throw new OnnxpressError('INVALID_GRAPH', `Node ${node.label} is in no graph any more`, { at: node.label })
}

/** Adds a node that makes the outputs of `old`, then removes `old`. Names, types and readers stay as they were. */
export function replaceNode(
  old: Node,
  opType: string,
  inputs: readonly (Value | undefined)[],
  attributes: NonNullable<AddOptions['attributes']> = {},
  domain = '',
): Node {
  const graph = graphOf(old)
  const outputs = [...old.outputs]
  outputs.forEach((_, index) => {
    old.setOutput(index, undefined)
  })
  const made = graph.add(opType, inputs, { outputs, attributes, domain, name: old.name, before: old })
  made.extras = old.extras
  graph.remove(old)
  return made
}

/** Adds a node in front of another; its output is named after what it computes. */
export function insertBefore(
  next: Node,
  opType: string,
  inputs: readonly (Value | undefined)[],
  options: Omit<AddOptions, 'before'> = {},
): Value {
  return graphOf(next)
    .add(opType, inputs, { ...options, before: next })
    .output() as Value
}

/**
 * Lets readers of a node's output read `by` instead and removes the node.
 * @returns why that cannot be, or undefined when it is done
 */
export function bypass(node: Node, by: Value, index = 0): string | undefined {
  const graph = graphOf(node)
  const output = node.output(index)
  const reason = output && graph.replace(output, by)
  if (reason) return reason
  if (node.outputs.every((each) => !each || each.isUnused)) graph.remove(node)
  return undefined
}

/** Removes nodes, last first, as far as nobody reads what they make, and the constants that only they read. */
export function removeUnused(nodes: readonly Node[]): void {
  for (const node of nodes) {
    if (!node.graph || !node.outputs.every((output) => !output || output.isUnused)) continue
    const constants = node.inputs.filter((input) => input?.constant)
    node.graph.remove(node)
    for (const value of constants) forgetIfUnused(value)
  }
}

/** Forgets a constant that nobody reads any more. */
export function forgetIfUnused(value: Value | undefined): void {
  if (value?.constant && value.isUnused && value.graph.own(value.name) === value) value.graph.forget(value)
}

/** Lets `node` make what `last`, the end of a chain that starts at it, made; the chain in between is removed. */
export function takeOutput(node: Node, last: Node): void {
  const graph = graphOf(last)
  const [before, after] = [node.output(), last.output()]
  last.setOutput(0, undefined)
  node.setOutput(0, after)
  const chain: Node[] = [last]
  for (let at = last; !at.inputs.includes(before); at = chain.at(-1) as Node) chain.push(previousOf(at, node))
  for (const each of chain) removeWithConstants(each, graph)
  if (before?.isUnused) graph.forget(before)
}

function previousOf(node: Node, first: Node): Node {
  const producer = node.inputs.find((input) => input?.producer && input.producer !== first)?.producer
  if (producer) return producer
  throw new OnnxpressError('INVALID_GRAPH', `Node ${node.label} is not at the end of a chain`, {
    at: node.label,
  })
}

function removeWithConstants(node: Node, graph: Graph): void {
  const inputs = [...node.inputs]
  graph.remove(node)
  for (const input of inputs) forgetIfUnused(input)
}

/** Puts another tensor behind a constant: in place where `node` is its only reader, else as a new constant. */
export function setConstant(node: Node, index: number, tensor: Tensor, name: string): void {
  const value = node.input(index)
  if (!value?.constant || value.uses.length > 1 || value.isGraphOutput) {
    node.setInput(index, graphOf(node).addInitializer(tensor, value?.name ?? name))
    return
  }
  value.initializer = tensor.withName(value.name)
  value.type = tensorType(tensor.dataType, tensor.shape)
}
