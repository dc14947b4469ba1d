/**
 * Which operators between the layers can stay in 8 bits, as onnxruntime's integer kernels allow. Whatever is not here
 * runs in float between a DequantizeLinear and, where a layer wants 8 bits again, a QuantizeLinear.
 */
import type { Node, Value } from '../../ir'
import { gateOf } from './gate'

export type Role =
  /** Moves elements without computing: its output has its input's scale and zero point. */
  | 'move'
  /** Computes in integers; its output has a range of its own. */
  | 'compute'
  /** Has no integer kernel. */
  | 'float'

const MOVES = new Set([
  'Reshape',
  'Transpose',
  'Squeeze',
  'Unsqueeze',
  'Flatten',
  'Slice',
  'Gather',
  'Expand',
  'DepthToSpace',
  'SpaceToDepth',
])

const COMPUTES = new Set([
  'Add',
  'Mul',
  'Concat',
  'AveragePool',
  'GlobalAveragePool',
  'LeakyRelu',
  'Sigmoid',
  'HardSwish',
])

/** The part that a node can play between 8-bit layers. */
export function roleOf(node: Node): Role {
  if (node.domain !== '' || node.outputs.length !== 1) return 'float'
  if (node.is('MaxPool'))
    return node.ints('dilations', undefined)?.some((step) => step !== 1) ? 'float' : 'move'
  if (node.is('Resize'))
    return node.string('mode', 'nearest') === 'nearest' && !node.inputs[1] ? 'move' : 'float'
  if (MOVES.has(node.opType)) return 'move'
  if (node.is('HardSigmoid')) return gateOf(node) ? 'compute' : 'float'
  return COMPUTES.has(node.opType) ? 'compute' : 'float'
}

/** The inputs that carry activations, as opposed to shapes, axes and other constants. */
export function activationInputs(node: Node): Value[] {
  const all = node.inputs.filter((input): input is Value => input !== undefined)
  return node.is('Add', 'Mul', 'Concat') ? all : all.slice(0, 1)
}
