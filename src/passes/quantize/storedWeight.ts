/**
 * How 8-bit weights stand in the file.
 *
 * - For a layer that runs in 8 bits: DequantizeLinear, which onnxruntime fuses with the layer.
 * - For a layer that stays in float: Cast and Mul. onnxruntime folds them once when it opens the model, while it would
 *   run a DequantizeLinear anew each time (and from `extended` on turn a MatMul behind one into int8 activations).
 */
import { attribute, type Graph, Tensor, type Value } from '../../ir'
import { biasName, correctedBias, floatBias } from '../layer/bias'
import type { Layer } from '../layer/layer'
import type { ConstantPool } from './constantPool'
import type { QuantizedWeight } from './weights'

/** An 8-bit layer's weight: the decoded value that the layer is to read. */
export function storeWeight(graph: Graph, layer: Layer, weight: QuantizedWeight, pool: ConstantPool): Value {
  return pool.share(`weight ${keyOf(layer, weight)}`, () => {
    const scales = addScales(layer, weight, [weight.scales.length], graph)
    const attributes = { axis: attribute.int(layer.channelAxis) }
    const inputs = [
      storedValues(layer, weight, pool),
      scales,
      explicitZeros(layer, 'int8', weight.scales.length, pool),
    ]
    return graph.add('DequantizeLinear', inputs, { attributes, before: layer.node }).output() as Value
  })
}

/** A float layer's weight, stored in 8 bits: the decoded value that the layer is to read. */
export function storeFoldedWeight(
  graph: Graph,
  layer: Layer,
  weight: QuantizedWeight,
  pool: ConstantPool,
): Value {
  return pool.share(`folded ${keyOf(layer, weight)}`, () => {
    const rank = layer.weight.constant?.shape.length ?? 0
    const shape = Array.from({ length: rank }, (_, axis) =>
      axis === layer.channelAxis ? weight.scales.length : 1,
    )
    const values = storedValues(layer, weight, pool)
    const cast = graph.add('Cast', [values], { attributes: { to: attribute.int(1) }, before: layer.node })
    const scales = addScales(layer, weight, shape, graph)
    return graph.add('Mul', [cast.output(), scales], { before: layer.node }).output() as Value
  })
}

/** onnxruntime fuses a Gemm only when the zero points of its weight and bias are there; for others they may be left out. */
function explicitZeros(
  layer: Layer,
  type: 'int8' | 'int32',
  length: number,
  pool: ConstantPool,
): Value | undefined {
  if (layer.kind !== 'gemm') return undefined
  const zeros = type === 'int8' ? new Int8Array(length) : new Int32Array(length)
  return pool.once(`zeros ${type} ${length}`, `zeros_${type}_${length}`, () =>
    Tensor.from(type, [length], zeros),
  )
}

function storedValues(layer: Layer, weight: QuantizedWeight, pool: ConstantPool): Value {
  const { name, constant } = layer.weight
  const make = () => Tensor.from('int8', constant?.shape ?? [], weight.values)
  return pool.once(`values ${keyOf(layer, weight)}`, `${name}_q`, make)
}

/** The same for layers that share a weight, unless one of them needs it otherwise. */
function keyOf({ weight: { name }, channelAxis }: Layer, { variant = '' }: QuantizedWeight): string {
  return JSON.stringify([name, channelAxis, variant])
}

function addScales(layer: Layer, weight: QuantizedWeight, shape: readonly number[], graph: Graph): Value {
  return graph.addInitializer(Tensor.from('float32', shape, weight.scales), `${layer.weight.name}_scale`)
}

/**
 * The bias of an 8-bit layer as int32 numbers of scale (input scale × weight scale), which integer kernels add to their
 * sums. Where one would not fit into 31 bits (a channel of almost no weight), the bias stays float.
 */
export function int8Bias(
  graph: Graph,
  layer: Layer,
  weight: QuantizedWeight,
  inputScale: number | undefined,
  pool: ConstantPool,
): Value | undefined {
  const bias = correctedBias(layer, weight.correction)
  if (!bias) return undefined
  const name = biasName(layer)
  const scales = Float32Array.from(weight.scales, (scale) => scale * (inputScale ?? 0))
  const rounded = Array.from(bias, (value, output) => Math.round(value / (scales[output] ?? 0)))
  if (inputScale === undefined || !rounded.every((value) => Math.abs(value) < 2 ** 30))
    return floatBias(graph, bias, name)
  const values = graph.addInitializer(
    Tensor.from('int32', [bias.length], Int32Array.from(rounded)),
    `${name}_q`,
  )
  const scale = graph.addInitializer(Tensor.from('float32', [bias.length], scales), `${name}_scale`)
  const attributes = { axis: attribute.int(0) }
  const zeros = explicitZeros(layer, 'int32', bias.length, pool)
  return graph
    .add('DequantizeLinear', [values, scale, zeros], { attributes, before: layer.node })
    .output() as Value
}
