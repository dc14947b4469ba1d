/** Scales and zero points as inputs of operators on 8-bit integers, and as those of DequantizeLinear and QuantizeLinear. */
import { attribute, Tensor, type Value } from '../../ir'
import type { Expansion } from './expansion'

/** What integers mean. */
export interface Units {
  readonly scale: Value | undefined
  readonly zero: Value | undefined
}

export interface Quantity extends Units {
  readonly x: Value | undefined
}

/** The three inputs from one on. */
export function quantityAt(site: Expansion, first: number): Quantity {
  return { x: site.node.input(first), ...unitsAt(site, first + 1) }
}

/** The two inputs from one on. */
export function unitsAt({ node }: Expansion, first: number): Units {
  return { scale: node.input(first), zero: node.input(first + 1) }
}

/** A constant with one element and no axes, whatever axes it had. */
export function scalar(site: Expansion, value: Value | undefined): Value | undefined {
  const tensor = value?.constant
  if (tensor?.size !== 1 || tensor.shape.length === 0) return value
  return site.constant(tensor.withShape([]))
}

/** As many zero points as there are scales: onnxruntime's own operators may have one for all. */
function zeroFor(site: Expansion, { scale, zero }: Units): Value | undefined {
  const [count, tensor] = [scale?.constant?.size ?? 1, zero?.constant]
  if (tensor?.size !== 1 || count === 1) return scalar(site, zero)
  return site.constant(
    Tensor.from(tensor.dataType, [count], new Uint8Array(count).fill(tensor.bytes[0] ?? 0)),
  )
}

/** The floats that integers stand for; several scales are those along `axis`. */
export function dequantized(site: Expansion, quantity: Quantity, axis = 1): Value {
  const inputs = [quantity.x, scalar(site, quantity.scale), zeroFor(site, quantity)]
  return site.add('DequantizeLinear', inputs, { axis: attribute.int(axis) })
}

/** Replaces the node by integers of these floats. Without a zero point these have the type of the node's integers. */
export function quantize(site: Expansion, y: Value, { scale, zero }: Units, like: Quantity): void {
  const dataType = like.zero?.tensorType?.dataType ?? like.x?.tensorType?.dataType ?? 'uint8'
  const zeroPoint = zero ?? site.constant(Tensor.from(dataType, [], new Uint8Array(1)), 'zero_point')
  site.finish('QuantizeLinear', [y, scalar(site, scale), scalar(site, zeroPoint)])
}

/** int32 integers that are added to products, whose scales are those of both operands multiplied; undefined where unknown. */
export function dequantizedBias(
  site: Expansion,
  bias: Value,
  scales: readonly (Value | undefined)[],
  factor = 1,
): Value | undefined {
  const known = scales.map((scale) => scale?.constant?.toNumbers())
  const [x, w] = known
  if (!x || !w || x.length !== 1) return undefined
  const products = w.map((each) => Math.fround(Math.fround(factor * (x[0] as number)) * each))
  const shape = products.length === 1 ? [] : [products.length]
  const scale = site.constant(Tensor.float32(products, shape), `${bias.name}_scale`)
  return site.add('DequantizeLinear', [bias, scale], { axis: attribute.int(-1) })
}
