/** What a model costs: bytes in the file, parameters, multiply-accumulates. */
import {
  type Attribute,
  type Graph,
  graphsOf,
  type Model,
  type Node,
  type Tensor,
  type Value,
  withSubgraphs,
} from '../ir'
import type { TypeView } from './types'

/** Bytes that a constant takes in the file: its elements, its name and what describes it. */
export function tensorBytes(tensor: Tensor): number {
  return field(tensorMessage(tensor))
}

/** Bytes that a node takes in the file, constants in its attributes and its subgraphs included. */
export function nodeBytes(node: Node): number {
  let bytes = text(node.opType) + text(node.domain) + text(node.overload) + text(node.name)
  for (const value of [...node.inputs, ...node.outputs]) bytes += field(value?.name.length ?? 0)
  for (const [name, attribute] of node.attributes) bytes += field(text(name) + 2 + attributeBytes(attribute))
  return field(bytes)
}

function tensorMessage(tensor: Tensor): number {
  const dims = tensor.shape.reduce((sum, size) => sum + 1 + varint(size), 0)
  return dims + 2 + text(tensor.name) + field(tensor.byteLength)
}

/** Bytes of a field of so many bytes: its tag, its length, itself. */
function field(bytes: number): number {
  return 1 + varint(bytes) + bytes
}

function text(word: string): number {
  return word.length === 0 ? 0 : field(word.length)
}

function varint(number: number): number {
  if (number < 0) return 10
  return number < 128 ? 1 : Math.ceil(Math.log2(number + 1) / 7)
}

function attributeBytes(attribute: Attribute): number {
  switch (attribute.type) {
    case 'float':
      return 5
    case 'int':
      return 1 + varint(Number(attribute.value))
    case 'tensor':
      return field(tensorMessage(attribute.value))
    case 'tensors':
      return attribute.value.reduce((sum, tensor) => sum + field(tensorMessage(tensor)), 0)
    case 'floats':
      return 5 * attribute.value.length
    case 'ints':
      return attribute.value.reduce((sum, each) => sum + 1 + varint(Number(each)), 0)
    case 'string':
      return field(attribute.value.length)
    case 'strings':
      return attribute.value.reduce((sum, each) => sum + field(each.length), 0)
    default:
      return graphsOf(attribute).reduce((sum, graph) => sum + field(graphBytes(graph)), 0)
  }
}

/** Bytes that the nodes and constants of a graph take in the file, as good as exactly. */
export function graphBytes(graph: Graph): number {
  let bytes = 0
  for (const node of graph) bytes += nodeBytes(node)
  for (const value of graph.values) {
    const { initializer, sparseInitializer } = value
    if (initializer) bytes += tensorBytes(initializer)
    if (sparseInitializer) bytes += sparseInitializer.values.byteLength + sparseInitializer.indices.byteLength
  }
  return bytes
}

/** Number of constant elements in a model, subgraphs included; integer constants such as shapes do not count. */
export function parameterCount(model: Model): number {
  let count = 0
  for (const graph of withSubgraphs(model.graph)) {
    for (const value of graph.initializers) if (isWeight(value)) count += value.initializer?.size ?? 0
  }
  return count
}

function isWeight(value: Value): boolean {
  return !/^(int64|int32|bool|string)$/.test(value.initializer?.dataType ?? '')
}

/**
 * Multiply-accumulates of one run of a node, where the shapes say it; undefined where a shape is dynamic. Only
 * convolutions and matrix products count: all else is small beside them.
 */
export function multiplyAccumulates(node: Node, types: TypeView): number | undefined {
  const shapeOf = (index: number) => {
    const input = node.inputs[index]
    return input && types.staticShapeOf(input)
  }
  const output = node.output() && types.staticShapeOf(node.output() as Value)
  const x = shapeOf(0)
  const kernel = shapeOf(node.is('QLinearConv') ? 3 : 1)?.slice(1)
  if (node.is('Conv', 'ConvInteger', 'QLinearConv'))
    return output && kernel && product(output) * product(kernel)
  if (node.is('ConvTranspose')) return x && kernel && product(x) * product(kernel)
  if (node.is('MatMul', 'MatMulInteger', 'QLinearMatMul'))
    return output && x && product(output) * (x.at(-1) ?? 1)
  if (node.is('Gemm')) return output && x && product(output) * (x[node.int('transA', 0) ? 0 : 1] ?? 1)
  return 0
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1)
}
