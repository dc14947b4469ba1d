/** The kinds of groups: what may follow the head of each. */
import type { Node, Value } from '../../ir'
import { activationOf } from '../operators/activation'
import type { Chain } from './chain'
import type { Group, QuantizedSum } from './group'

/** A product of onnxruntime's own operator set. */
const isNarrow = (node: Node) => node.qualifiedType === 'com.microsoft.MatMulNBits'

const isActivation = (node: Node) => activationOf(node) !== undefined
/** What a softmax reads is masked in one step with it. */
const isMasking = (sum: Node) => sum.output()?.uses.some(({ node }) => node.is('Softmax')) ?? false
const isQuantize = (node: Node) => node.is('QuantizeLinear')

export function isProduct(node: Node): boolean {
  return node.is('Conv', 'Gemm', 'MatMul') || isNarrow(node)
}

/** A product with one constant number to which another one is added: a · x + b. */
export function affine(chain: Chain): Group | undefined {
  const isScalar = (value: Value | undefined) => value?.constant?.size === 1
  const { head, nodes } = chain
  if (!head.is('Mul') || !head.inputs.some(isScalar)) return undefined
  const sum = chain.take((node) => node.is('Add') && node.inputs.some(isScalar))
  return sum && { nodes, isAffine: true, quantize: chain.take(isQuantize) }
}

/** Scores of an attention: multiplied or divided by a constant number, a mask added, and a softmax of that. */
export function maskedSoftmax(chain: Chain): Group | undefined {
  const { head, nodes } = chain
  if (!head.is('Mul', 'Div', 'Add')) return undefined
  if (!head.is('Add')) {
    const factor = head.is('Div') ? head.input(1) : head.inputs.find((input) => input?.constant?.size === 1)
    if (factor?.constant?.size !== 1) return undefined
    chain.take((node) => node.is('Add'))
  }
  const softmax = chain.take((node) => node.is('Softmax'))
  return softmax && { nodes, softmax }
}

/** Sums of integers: cast, multiplied by scales, and then as any product. Older quantizers add integers to them first. */
export function scaledProduct(chain: Chain): Group | undefined {
  const { head, nodes } = chain
  const addend = chain.takeAddend()
  const cast = chain.take((node) => node.is('Cast'))
  const scaling = cast && chain.take((node) => node.is('Mul'))
  if (!scaling) return undefined
  const scale = scaling.inputs.find((input) => input !== cast.output())
  const spatial = (head.input(1)?.constant?.shape.length ?? 0) - 2
  const bias = head.is('ConvInteger') && spatial > 0 ? chain.takeChannelBias(spatial) : chain.takeBias()
  const residual = chain.takeResidual()
  const activation = chain.take(isActivation)
  return { nodes, addend, scale, bias, residual, activation }
}

export function product(chain: Chain): Group {
  const { head, nodes } = chain
  const bias = head.is('MatMul') || (isNarrow(head) && !head.input(5)) ? chain.takeBias() : undefined
  const residual = chain.takeResidual((sum) => !isMasking(sum))
  const activation = chain.take(isActivation)
  const quantize = chain.take(isQuantize)
  const sum = quantize && quantizedSum(chain)
  return { nodes, bias, residual, activation, quantize, sum }
}

function quantizedSum(chain: Chain): QuantizedSum | undefined {
  const before = chain.nodes.length
  const other = chain.take((node) => node.is('DequantizeLinear')) && chain.takeResidual()
  const otherFirst = chain.nodes.at(-1)?.inputs[0] === other
  const activation = other && chain.take((node) => node.is('Relu', 'Clip'))
  const quantize = other && chain.take(isQuantize)
  if (other && quantize) return { other, otherFirst, activation, quantize }
  chain.cut(before)
  return undefined
}

/** Any other node of which 8-bit values are made, perhaps after an activation. */
export function quantized(chain: Chain): Group | undefined {
  const { head, nodes } = chain
  if (head.is('QuantizeLinear', 'DequantizeLinear')) return undefined
  const activation = chain.take((node) => node.is('Relu', 'Clip'))
  const quantize = chain.take(isQuantize)
  return quantize && { nodes, activation, quantize }
}
