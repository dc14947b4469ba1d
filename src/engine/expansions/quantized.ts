/**
 * Operators on 8-bit integers (ONNX's QLinearConv and QLinearMatMul; onnxruntime's own, which its quantizer writes and its
 * optimizer makes of QDQ), said by DequantizeLinear, the operator on floats, and QuantizeLinear. Lowering joins them again.
 */
import { attribute, Tensor } from '../../ir'
import type { Rule } from '../../rewrite'
import { type Expansion, expansion, microsoft } from './expansion'
import {
  dequantized,
  dequantizedBias,
  type Quantity,
  quantityAt,
  quantize,
  type Units,
  unitsAt,
} from './quantities'

const LAID_OUT_OTHERWISE = 'its channels are the last axis'

/** Two operands, and what the result is in: where operators of two have them. */
function operandsOf(site: Expansion): readonly [Quantity, Quantity, Units] {
  return [quantityAt(site, 0), quantityAt(site, 3), unitsAt(site, 6)]
}

function conv(site: Expansion): string | undefined {
  const [x, w, y] = operandsOf(site)
  const bias = site.node.input(8)
  if (site.node.int('channels_last', 0) !== 0) return LAID_OUT_OTHERWISE
  const addend = bias && dequantizedBias(site, bias, [x.scale, w.scale])
  if (bias && !addend) return 'its scales are not constant'
  const inputs = [dequantized(site, x), dequantized(site, w, 0), addend]
  const product = site.add('Conv', inputs, site.attributes('channels_last'))
  quantize(site, product, y, x)
  return undefined
}

/** Several scales of weights are those of columns. */
function matMul(site: Expansion): string | undefined {
  const [a, b, y] = operandsOf(site)
  if (isVector(a)) return 'rows have scales of their own'
  const product = site.add('MatMul', [dequantized(site, a), dequantized(site, b, -1)])
  quantize(site, product, y, a)
  return undefined
}

function isVector({ scale }: Quantity): boolean {
  const size = scale?.constant?.size
  return size === undefined || size > 1
}

/** Integers, or floats where no scale of the result is given. */
function gemm(site: Expansion): string | undefined {
  const { node } = site
  const [a, b] = [quantityAt(site, 0), quantityAt(site, 3)]
  const y = unitsAt(site, 7)
  const c = node.input(6)
  const addend = c && dequantizedBias(site, c, [a.scale, b.scale], node.float('alpha', 1))
  if (c && !addend) return 'its scales are not constant'
  const axis = node.int('transB', 0) ? 0 : 1
  const inputs = [dequantized(site, a), dequantized(site, b, axis), addend]
  if (y.scale) quantize(site, site.add('Gemm', inputs, site.attributes()), y, a)
  else site.finish('Gemm', inputs, site.attributes())
  return undefined
}

/** Of two operands that are broadcast. */
function binary(opType: string) {
  return (site: Expansion): undefined => {
    const [a, b, y] = operandsOf(site)
    quantize(site, site.add(opType, [dequantized(site, a), dequantized(site, b)]), y, a)
  }
}

/** Of one operand, and attributes that both have. */
function unary(opType: string, ...ownAttributes: readonly string[]) {
  return (site: Expansion): string | undefined => {
    if (site.node.int('channels_last', 0) !== 0) return LAID_OUT_OTHERWISE
    const x = quantityAt(site, 0)
    const result = site.add(
      opType,
      [dequantized(site, x)],
      site.attributes('channels_last', ...ownAttributes),
    )
    quantize(site, result, unitsAt(site, 3), x)
    return undefined
  }
}

/** The result's axes are an attribute there, and an input of ONNX's operator. */
function reduceMean(site: Expansion): undefined {
  const { node } = site
  const x = quantityAt(site, 0)
  const axes = node.ints('axes', undefined)
  const inputs = [dequantized(site, x), axes && site.constant(Tensor.int64(axes))]
  const keepdims = { keepdims: attribute.int(node.int('keepdims', 1)) }
  quantize(site, site.add('ReduceMean', inputs, keepdims), unitsAt(site, 3), x)
}

/** The result's scale and zero point, then those of each part behind it. */
function concat(site: Expansion): undefined {
  const { node } = site
  const parts: Quantity[] = []
  for (let index = 2; index < node.inputs.length; index += 3) parts.push(quantityAt(site, index))
  const joined = site.add(
    'Concat',
    parts.map((each) => dequantized(site, each)),
    site.attributes(),
  )
  quantize(site, joined, unitsAt(site, 0), parts[0] as Quantity)
}

/** A condition, then two operands. */
function where(site: Expansion): undefined {
  const { node } = site
  const [a, b] = [quantityAt(site, 1), quantityAt(site, 4)]
  const chosen = site.add('Where', [node.input(0), dequantized(site, a), dequantized(site, b)])
  quantize(site, chosen, unitsAt(site, 7), a)
}

export const quantizedExpansions: readonly Rule[] = [
  expansion(['QLinearConv', microsoft('QLinearConv')], conv),
  expansion(['QLinearMatMul'], matMul),
  expansion([microsoft('QGemm')], gemm),
  expansion([microsoft('QLinearAdd')], binary('Add')),
  expansion([microsoft('QLinearMul')], binary('Mul')),
  expansion([microsoft('QLinearSigmoid')], unary('Sigmoid')),
  expansion([microsoft('QLinearLeakyRelu')], unary('LeakyRelu')),
  expansion([microsoft('QLinearSoftmax')], unary('Softmax', 'opset')),
  expansion([microsoft('QLinearGlobalAveragePool')], unary('GlobalAveragePool')),
  expansion([microsoft('QLinearAveragePool')], unary('AveragePool')),
  expansion([microsoft('QLinearReduceMean')], reduceMean),
  expansion([microsoft('QLinearConcat')], concat),
  expansion([microsoft('QLinearWhere')], where),
]
