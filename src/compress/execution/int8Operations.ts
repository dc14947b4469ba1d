/** Which of onnxruntime's operations compute with integers of at most 8 bits. */
import type { Node } from '../../ir'

const STANDARD = new Set(['QLinearConv', 'QLinearMatMul', 'ConvInteger', 'MatMulInteger'])

/** Fused operations of onnxruntime whose names do not begin with `QLinear`. */
const FUSED = new Set([
  'QGemm',
  'QAttention',
  'QEmbedLayerNormalization',
  'QOrderedMatMul',
  'DynamicQuantizeMatMul',
  'DynamicQuantizeLSTM',
  'MatMulIntegerToFloat',
  'MatMulNBits',
  'QMoE',
])

/** Operations that onnxruntime's internal domains have for layers with weights. */
const FLOAT_LAYERS = new Set([
  'Conv',
  'FusedConv',
  'ConvTranspose',
  'Gemm',
  'FusedGemm',
  'MatMul',
  'FusedMatMul',
])

/** Whether a node of an optimized graph computes in int8 (or 4 bits). */
export function isInt8(node: Node): boolean {
  if (node.domain === '') return STANDARD.has(node.opType)
  return FUSED.has(node.opType) || node.opType.startsWith('QLinear')
}

/** Whether a node of an optimized graph is a layer with weights in floating point. */
export function isFloatLayer(node: Node): boolean {
  return FLOAT_LAYERS.has(node.opType)
}
