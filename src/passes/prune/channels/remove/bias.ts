/** What a layer adds to its outputs, whoever adds it. */
import { OnnxpressError } from '../../../../errors'
import { attribute, type Node, Tensor, type Value } from '../../../../ir'
import { graphOf, insertBefore, setConstant } from '../../../../rewrite'

/** Adds a number to each output channel of a Conv, Gemm or MatMul. */
export function addToBias(node: Node, shift: Float64Array): void {
  if (shift.every((each) => each === 0)) return
  if (node.is('MatMul')) addBehind(node, shift)
  else if (node.is('Gemm')) addToGemm(node, shift)
  else addToInput(node, shift)
}

function addToInput(node: Node, shift: Float64Array): void {
  const bias = node.input(2)
  const sum = bias?.constant && added(bias.constant, shift)
  if (!bias || sum) setOrAdd(node, sum ?? vector(shift))
  else
    node.setInput(2, insertBefore(node, 'Add', [bias, graphOf(node).addInitializer(vector(shift), 'bias')]))
}

function setOrAdd(node: Node, tensor: Tensor): void {
  if (node.input(2)) setConstant(node, 2, tensor, 'bias')
  else node.setInput(2, graphOf(node).addInitializer(tensor, `${node.name || node.opType}_bias`))
}

/** Gemm multiplies what it adds with beta. */
function addToGemm(node: Node, shift: Float64Array): void {
  const beta = node.float('beta', 1)
  if (beta === 0) {
    node.setInput(2, undefined)
    node.setAttribute('beta', attribute.float(1))
  }
  addToInput(
    node,
    shift.map((each) => each / (beta || 1)),
  )
}

/** MatMul adds nothing: the Add behind it does, if need be a new one. */
function addBehind(node: Node, shift: Float64Array): void {
  const output = node.output() as Value
  const [use, ...others] = output.uses
  const constant = use?.node.is('Add') && !output.isGraphOutput ? use.node.input(1 - use.index) : undefined
  const sum = constant?.constant && added(constant.constant, shift)
  if (use && others.length === 0 && sum) setConstant(use.node, 1 - use.index, sum, 'bias')
  else insertAdd(node, output, shift)
}

function insertAdd(node: Node, output: Value, shift: Float64Array): void {
  const graph = graphOf(node)
  const made = graph.createValue(`${output.name}_shifted`, output.type)
  const reason = graph.replace(output, made)
  if (reason) throw new OnnxpressError('INVALID_GRAPH', `No bias can be added: ${reason}`, { at: node.label })
  const bias = graph.addInitializer(vector(shift), `${node.name || node.opType}_bias`)
  graph.add('Add', [output, bias], { outputs: [made], before: node.next })
}

/** A bias by output channel with more added; undefined where it is none. */
function added(bias: Tensor, shift: Float64Array): Tensor | undefined {
  const isByChannel =
    bias.dataType === 'float32' && bias.size === shift.length && bias.shape.at(-1) === bias.size
  if (!isByChannel) return undefined
  const old = bias.elements as Float32Array
  return Tensor.float32(
    shift.map((each, channel) => each + (old[channel] ?? 0)),
    bias.shape,
  )
}

function vector(shift: Float64Array): Tensor {
  return Tensor.float32(shift, [shift.length])
}
