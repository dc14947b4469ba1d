/**
 * Products of 8-bit integers that give floats or sums: onnxruntime's own, and ONNX's of groups that no integer kernel has.
 * What is quantized by a known range becomes DequantizeLinear and a product of floats; all else sums of integers, scaled.
 */
import { attribute, dataTypeCode, dataTypeFromCode, type Value } from '../../ir'
import { type Rule, replaceNode } from '../../rewrite'
import { type Expansion, expansion, microsoft } from './expansion'
import { dequantized, type Quantity, scalar } from './quantities'

/** Integers, multiplied by both scales. The range of activations may be known only at run time. */
function integerProduct(site: Expansion): undefined {
  const { node } = site
  const [a, b, aScale, bScale, aZero, bZero, bias] = node.inputs
  const product = aScale?.constant
    ? multiplied(site, { x: a, scale: aScale, zero: aZero }, { x: b, scale: bScale, zero: bZero })
    : scaled(site, site.add('MatMulInteger', [a, b, aZero, bZero]), aScale, bScale)
  finishWithBias(site, product, bias)
}

/** Terms of products of bytes whose sums floats hold exactly: 2^24 / 255². */
const MOST_EXACT_TERMS = 258

/** Groups of channels that integer kernels do not have, as by depth: the sums are whole numbers in floats too. */
function groupedConvInteger(site: Expansion): string | undefined {
  const [x, w, xZero, wZero] = site.node.inputs
  const [, inputs = 0, ...kernel] = w?.constant?.shape ?? []
  const terms = kernel.reduce((product, size) => product * size, inputs)
  const isGrouped = site.node.int('group', 1) > 1 && inputs % 4 !== 0
  if (!isGrouped || terms > MOST_EXACT_TERMS || (wZero?.constant?.size ?? 1) !== 1)
    return 'integers of one group'
  const number = (value: Value | undefined) => value && site.cast(value, 'float32')
  const centered = (value: Value | undefined, zero: Value | undefined) =>
    zero ? site.add('Sub', [number(value), number(scalar(site, zero))]) : number(value)
  const sums = site.add('Conv', [centered(x, xZero), centered(w, wZero)], site.attributes())
  for (const cast of site.node.output()?.consumers ?? [])
    if (cast.is('Cast') && dataTypeFromCode(cast.int('to', 0)) === 'float32')
      replaceNode(cast, 'Identity', [sums])
  site.finish('Cast', [sums], { to: attribute.int(dataTypeCode('int32')) })
  return undefined
}

/** Activations are quantized by the range that they have at run time. */
function dynamicProduct(site: Expansion): undefined {
  const { node } = site
  const [x, b, bScale, bZero, bias] = node.inputs
  const [q, scale, zero] = site.addAll('DynamicQuantizeLinear', [x], 3)
  finishWithBias(site, scaled(site, site.add('MatMulInteger', [q, b, zero, bZero]), scale, bScale), bias)
}

function multiplied(site: Expansion, a: Quantity, b: Quantity): Value {
  return site.add('MatMul', [dequantized(site, a), dequantized(site, b, -1)])
}

function scaled(site: Expansion, sums: Value, aScale: Value | undefined, bScale: Value | undefined): Value {
  return site.add('Mul', [site.cast(sums, 'float32'), site.add('Mul', [aScale, bScale])])
}

function finishWithBias(site: Expansion, product: Value, bias: Value | undefined): void {
  if (bias) site.finish('Add', [product, bias])
  else site.finish('Identity', [product])
}

export const integerProductExpansions: readonly Rule[] = [
  expansion(['ConvInteger'], groupedConvInteger),
  expansion([microsoft('MatMulIntegerToFloat')], integerProduct),
  expansion([microsoft('DynamicQuantizeMatMul')], dynamicProduct),
]
