/**
 * Operators on 8-bit integers (ONNX's QLinearConv and QLinearMatMul; onnxruntime's own, which its quantizer writes and its
 * optimizer makes of QDQ), said by DequantizeLinear, the operator on floats, and QuantizeLinear. Lowering joins them again.
 */
import { attribute, Tensor } from '../../ir'
import type { Rule } from '../../rewrite'
import { type Expansion, expansion } from './expansion'
import { dequantized, dequantizedBias, type Quantity, quantityAt, quantize } from './quantities'

const LAID_OUT_OTHERWISE = 'its channels are the last axis'

/** x, w, and the scale and zero point of y: where products have them. */
function productOf(site: Expansion): readonly [Quantity, Quantity, Quantity] {
  const { node } = site
  const y = { x: undefined, scale: node.input(6), zero: node.input(7) }
  return [quantityAt(site, 0), quantityAt(site, 3), y]
}

function conv(site: Expansion): string | undefined {
  const [x, w, y] = productOf(site)
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
  const [a, b, y] = productOf(site)
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
  const y = { x: undefined, scale: node.input(7), zero: node.input(8) }
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
    const [a, b] = [quantityAt(site, 0), quantityAt(site, 3)]
    const result = site.add(opType, [dequantized(site, a), dequantized(site, b)])
    quantize(site, result, { x: undefined, scale: site.node.input(6), zero: site.node.input(7) }, a)
  }
}

/** Of one operand, and attributes that both have. */
function unary(opType: string, ...ownAttributes: readonly string[]) {
  return (site: Expansion): string | undefined => {
    const { node } = site
    if (node.int('channels_last', 0) !== 0) return LAID_OUT_OTHERWISE
    const x = quantityAt(site, 0)
    const y = { x: undefined, scale: node.input(3), zero: node.input(4) }
    const result = site.add(
      opType,
      [dequantized(site, x)],
      site.attributes('channels_last', ...ownAttributes),
    )
    quantize(site, result, y, x)
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
  const y = { x: undefined, scale: node.input(3), zero: node.input(4) }
  quantize(site, site.add('ReduceMean', inputs, keepdims), y, x)
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
  const y = { x: undefined, scale: node.input(0), zero: node.input(1) }
  quantize(site, joined, y, parts[0] as Quantity)
}

/** A condition, then two operands. */
function where(site: Expansion): undefined {
  const { node } = site
  const [a, b] = [quantityAt(site, 1), quantityAt(site, 4)]
  const chosen = site.add('Where', [node.input(0), dequantized(site, a), dequantized(site, b)])
  quantize(site, chosen, { x: undefined, scale: node.input(7), zero: node.input(8) }, a)
}

const microsoft = (opType: string) => `com.microsoft.${opType}`

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
