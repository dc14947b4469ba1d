/** What a layer adds to its outputs, whoever adds it, and more added to it. */
import { OnnxpressError } from '../../errors'
import { attribute, type Graph, type Node, Tensor, type Value } from '../../ir'
import { insertBefore, setConstant } from '../../rewrite'

/** Adds a number to each output channel of a Conv, Gemm or MatMul; where there is no bias to add it to, by a new one. */
export function addToBias(graph: Graph, node: Node, shift: Float64Array): void {
  if (shift.every((each) => each === 0)) return
  if (node.is('MatMul')) addBehind(graph, node, shift)
  else if (node.is('Gemm')) addToGemm(graph, node, shift)
  else addToInput(graph, node, shift)
}

/** The input of an Add behind a matrix product that is its bias: a constant with one number an output. */
export function biasBehind(node: Node, outputs: number): { node: Node; index: number } | undefined {
  const output = node.output()
  const [use, ...others] = output?.uses ?? []
  if (!use?.node.is('Add') || others.length > 0 || output?.isGraphOutput) return undefined
  const index = 1 - use.index
  const bias = use.node.input(index)?.constant
  return bias && isByOutput(bias, outputs) ? { node: use.node, index } : undefined
}

function addToInput(graph: Graph, node: Node, shift: Float64Array): void {
  const bias = node.input(2)
  if (!bias) node.setInput(2, graph.addInitializer(vector(shift), `${node.name || node.opType}_bias`))
  else if (bias.constant && isByOutput(bias.constant, shift.length)) addToConstant(node, 2, shift)
  else node.setInput(2, insertBefore(node, 'Add', [bias, graph.addInitializer(vector(shift), 'bias')]))
}

/** Gemm multiplies what it adds with beta. */
function addToGemm(graph: Graph, node: Node, shift: Float64Array): void {
  const beta = node.float('beta', 1)
  if (beta === 0) {
    node.setInput(2, undefined)
    node.setAttribute('beta', attribute.float(1))
  }
  const scaled = shift.map((each) => each / (beta || 1))
  addToInput(graph, node, scaled)
}

/** MatMul adds nothing: the Add behind it does, if need be a new one. */
function addBehind(graph: Graph, node: Node, shift: Float64Array): void {
  const bias = biasBehind(node, shift.length)
  if (bias) addToConstant(bias.node, bias.index, shift)
  else insertAdd(graph, node, node.output() as Value, shift)
}

function insertAdd(graph: Graph, node: Node, output: Value, shift: Float64Array): void {
  const made = graph.createValue(`${output.name}_shifted`, output.type)
  const reason = graph.replace(output, made)
  if (reason) throw new OnnxpressError('INVALID_GRAPH', `No bias can be added: ${reason}`, { at: node.label })
  const bias = graph.addInitializer(vector(shift), `${node.name || node.opType}_bias`)
  graph.add('Add', [output, bias], { outputs: [made], before: node.next })
}

function addToConstant(node: Node, index: number, shift: Float64Array): void {
  const bias = node.input(index)?.constant as Tensor
  const old = bias.elements as Float32Array
  const sum = shift.map((each, output) => each + (old[output] ?? 0))
  setConstant(node, index, Tensor.float32(sum, bias.shape), 'bias')
}

function isByOutput({ dataType, size, shape }: Tensor, outputs: number): boolean {
  return dataType === 'float32' && size === outputs && shape.at(-1) === size
}

function vector(shift: Float64Array): Tensor {
  return Tensor.float32(shift, [shift.length])
}
