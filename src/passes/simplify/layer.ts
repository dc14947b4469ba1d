/**
 * Layers: Conv, ConvTranspose, Gemm and MatMul with a constant weight, seen alike as a weight `[a, b, inner]` whose
 * rows know which input and which output channel they connect.
 */
import type { Node, Tensor, Value } from '../../ir'
import { Decline, decline } from '../../rewrite'
import { channelsOf, type Layout, onlyReader } from './affine'

export interface Geometry {
  /** The weight is `a · b` rows of `inner` elements. */
  readonly a: number
  readonly b: number
  readonly inner: number
  readonly inputs: number
  readonly outputs: number
  /** Whether `a` is an output channel; else it is an input channel. */
  readonly isOutputFirst: boolean
  /** The channel of the other side that `b` = 0 is for this `a`; the next ones follow one after the other. */
  farFrom(a: number): number
}

/** Where a layer's bias is or would be: input `index` of `node`, which is the layer or the Add behind a MatMul. */
export interface BiasSlot {
  readonly node: Node
  readonly index: number
  readonly value: Value | undefined
  /** What the bias is multiplied with; Gemm's beta. */
  readonly factor: number
}

export interface Layer {
  readonly node: Node
  readonly weight: Value
  readonly tensor: Tensor
  readonly geometry: Geometry
  readonly input: Layout
  readonly output: Layout
  readonly bias: BiasSlot | undefined
  /** What products are multiplied with; Gemm's alpha. */
  readonly factor: number
}

export const LAYER_TYPES = ['Conv', 'ConvTranspose', 'Gemm', 'MatMul'] as const

/** The layer that a node is; a decline where its weight cannot be changed; undefined where it is no layer at all. */
export function layerOf(node: Node): Layer | Decline | undefined {
  if (!node.is(...LAYER_TYPES)) return undefined
  const weight = node.input(1)
  const tensor = weight?.constant
  if (!weight || !tensor) return decline(node, `the weight of this ${node.opType} is not a constant`)
  const reason = whyUnchangeable(weight, tensor)
  if (reason) return decline(node, `the weight ${JSON.stringify(weight.name)} ${reason}`)
  const geometry = geometryOf(node, tensor.shape)
  if (!geometry)
    return decline(
      node,
      `a weight of shape [${tensor.shape}] is not one that ${node.opType} can be changed by`,
    )
  const trailing = node.is('Conv', 'ConvTranspose') ? tensor.shape.length - 2 : 0
  const rank = node.is('MatMul') ? undefined : tensor.shape.length
  const layout = { trailing, rank }
  const bias = biasSlotOf(node, layout, geometry.outputs)
  if (bias instanceof Decline) return bias
  const factor = node.is('Gemm') ? node.float('alpha', 1) : 1
  return { node, weight, tensor, geometry, input: layout, output: layout, bias, factor }
}

function whyUnchangeable(weight: Value, tensor: Tensor): string | undefined {
  if (tensor.dataType !== 'float32' && tensor.dataType !== 'float64')
    return `is ${tensor.dataType}; rounding it once more would cost accuracy`
  const readers = weight.uses.length
  if (readers > 1) return `is shared by ${readers} nodes; a changed copy would make the model larger`
  return weight.isGraphOutput ? 'is an output of the graph' : undefined
}

function geometryOf(node: Node, shape: readonly number[]): Geometry | undefined {
  if (node.is('Gemm')) return gemmGeometry(node, shape)
  if (node.is('MatMul')) return shape.length === 2 ? matMulGeometry(shape) : undefined
  const [first = 0, second = 0] = shape
  const groups = node.int('group', 1)
  const inner = shape.slice(2).reduce((all, size) => all * size, 1)
  if (shape.length < 3 || groups < 1 || first % groups !== 0) return undefined
  const ofGroup = (a: number) => Math.floor(a / (first / groups))
  const base = { a: first, b: second, inner, farFrom: (a: number) => ofGroup(a) * second }
  return node.is('Conv')
    ? { ...base, inputs: second * groups, outputs: first, isOutputFirst: true }
    : { ...base, inputs: first, outputs: second * groups, isOutputFirst: false }
}

function matMulGeometry([inputs = 0, outputs = 0]: readonly number[]): Geometry {
  return { a: inputs, b: outputs, inner: 1, inputs, outputs, isOutputFirst: false, farFrom: () => 0 }
}

function gemmGeometry(node: Node, shape: readonly number[]): Geometry | undefined {
  if (shape.length !== 2 || node.int('transA', 0) !== 0) return undefined
  if (node.int('transB', 0) === 0) return matMulGeometry(shape)
  const [outputs = 0, inputs = 0] = shape
  return { a: outputs, b: inputs, inner: 1, inputs, outputs, isOutputFirst: true, farFrom: () => 0 }
}

function biasSlotOf(node: Node, layout: Layout, outputs: number): BiasSlot | Decline | undefined {
  if (node.is('MatMul')) return addedBias(node, layout, outputs)
  const value = node.input(2)
  const slot = { node, index: 2, value, factor: node.is('Gemm') ? node.float('beta', 1) : 1 }
  if (!value) return slot
  const vector = value.constant && channelsOf(value.constant, { trailing: 0, rank: 2 })
  if (!vector) return decline(node, 'its bias is not a constant by output channel')
  return vector.length === 1 || vector.length === outputs ? slot : decline(node, 'its bias has an odd length')
}

/** The constant of the Add behind a MatMul. */
function addedBias(node: Node, layout: Layout, outputs: number): BiasSlot | undefined {
  const add = onlyReader(node.output())
  if (!add?.is('Add')) return undefined
  const index = add.input(0) === node.output() ? 1 : 0
  const value = add.input(index)
  const vector = value?.constant && channelsOf(value.constant, layout)
  return vector?.length === outputs ? { node: add, index, value, factor: 1 } : undefined
}

/** Why a layer's input cannot be shifted by a constant, or undefined: the zeros of padding would not be shifted. */
export function whyNoShift(layer: Layer): string | undefined {
  const { node } = layer
  if (node.is('ConvTranspose')) return 'ConvTranspose adds up another number of inputs at its edges'
  if (node.is('Conv') && isPadded(node))
    return `the ${node.opType} behind it pads its input with zeros, which would not be shifted`
  return layer.bias ? undefined : `the ${node.opType} behind it has no bias to take the constant`
}

function isPadded(node: Node): boolean {
  const automatic = node.string('auto_pad', 'NOTSET')
  if (automatic === 'VALID') return false
  return automatic !== 'NOTSET' || (node.ints('pads', undefined) ?? []).some((pad) => pad !== 0)
}
