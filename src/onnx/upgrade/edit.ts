import type { Attribute } from '../../ir/attribute'
import type { Graph } from '../../ir/graph'
import type { Node } from '../../ir/node'
import { Tensor } from '../../ir/tensor'
import type { Value } from '../../ir/value'
import type { AdapterTable, Step } from './adapter'

/** The graph of a node that is being adapted, which always has one. */
export function graphOf(node: Node): Graph {
  return node.graph as Graph
}

/** Adds a node in front of `node` and returns its one output. */
export function insert(
  node: Node,
  opType: string,
  inputs: readonly (Value | undefined)[],
  attributes: Record<string, Attribute> = {},
): Value {
  const graph = graphOf(node)
  const output = graph.createValue(`${node.outputs[0]?.name || opType}_${opType.toLowerCase()}`)
  graph.add(opType, inputs, { attributes, before: node, outputs: [output] })
  return output
}

/** Turns a node into another operation that makes the same outputs. */
export function become(
  node: Node,
  opType: string,
  inputs: readonly (Value | undefined)[],
  attributes: Record<string, Attribute> = {},
): void {
  node.opType = opType
  for (let index = Math.max(node.inputs.length, inputs.length) - 1; index >= 0; index--)
    node.setInput(index, inputs[index])
  for (const name of [...node.attributes.keys()]) node.removeAttribute(name)
  for (const [name, each] of Object.entries(attributes)) node.setAttribute(name, each)
}

/** Takes the outputs off a node so that other nodes can make them. */
export function releaseOutputs(node: Node): (Value | undefined)[] {
  const outputs = [...node.outputs]
  outputs.forEach((_, index) => {
    node.setOutput(index, undefined)
  })
  return outputs
}

/** A constant int64 vector for `node`. */
export function int64s(node: Node, step: Step, role: string, elements: readonly (number | bigint)[]): Value {
  const array = BigInt64Array.from(elements, BigInt)
  return step.constant(node, role, Tensor.from('int64', [array.length], array))
}

/** A constant int64 scalar for `node`. */
export function int64(node: Node, step: Step, role: string, element: number): Value {
  return step.constant(node, role, Tensor.from('int64', [], BigInt64Array.of(BigInt(element))))
}

/** Takes an input off a node, and its constant out of the graph where nobody else reads it. */
export function dropInput(node: Node, index: number): void {
  const value = node.inputs[index]
  node.setInput(index, undefined)
  if (!value?.isUnused || value.isGraphInput) return
  if (value.producer?.is('Constant')) graphOf(value.producer).remove(value.producer)
  else if (value.initializer) value.graph.forget(value)
}

/** Moves an attribute of integers to input `index`; an absent or empty list stays an absent input. */
export function intsToInput(node: Node, step: Step, name: string, index: number): void {
  const elements = node.attributeOf(name, 'ints')
  node.removeAttribute(name)
  if (elements && elements.length > 0) node.setInput(index, int64s(node, step, name, elements))
}

/** The same adapter for several operators at one version. */
export function forAll(
  opTypes: string,
  version: number,
  adapt: AdapterTable[string][number],
): Record<string, Record<number, typeof adapt>> {
  return Object.fromEntries(opTypes.split(' ').map((opType) => [opType, { [version]: adapt }]))
}

/** Writes an attribute where the node leaves it out. */
export function setDefault(node: Node, name: string, value: Attribute): void {
  if (!node.attributes.has(name)) node.setAttribute(name, value)
}
