/**
 * How 8-bit weights stand in the file.
 *
 * - For a layer that runs in 8 bits: DequantizeLinear, which onnxruntime fuses with the layer.
 * - For a layer that stays in float: Cast and Mul. onnxruntime folds them once when it opens the model, while it would
 *   run a DequantizeLinear anew each time (and from `extended` on turn a MatMul behind one into int8 activations).
 */
import { attribute, type Graph, Tensor, type Value } from '../../ir'
import type { ConstantPool } from './constantPool'
import type { Layer } from './layer'
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

/** The bias in float, corrected for what rounding the weight shifts; undefined when there is none. */
export function correctedBias(layer: Layer, weight: QuantizedWeight): Float64Array | undefined {
  const bias = layer.bias?.constant
  const length = weight.correction?.length ?? bias?.size
  if (length === undefined || (!bias && !weight.correction)) return undefined
  const own = bias?.elements as Float32Array | undefined
  return Float64Array.from(
    { length },
    (_, output) => (own?.[output] ?? 0) + (weight.correction?.[output] ?? 0),
  )
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
  const bias = correctedBias(layer, weight)
  if (!bias) return undefined
  const name = layer.bias?.name ?? `${layer.weight.name}_bias`
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

/** A new float bias. */
export function floatBias(graph: Graph, bias: Float64Array, name: string): Value {
  return graph.addInitializer(
    Tensor.from('float32', [bias.length], Float32Array.from(bias)),
    `${name}_corrected`,
  )
}

/**
 * Moves a matrix product's correction into the bias that an Add behind it adds. Without such an Add it is left out: a
 * node of its own would cost more than it mends.
 */
export function correctFollowingAdd(graph: Graph, layer: Layer, weight: QuantizedWeight): void {
  const output = layer.node.outputs[0]
  const [use] = output?.uses ?? []
  if (!output || !use || !weight.correction || output.uses.length !== 1 || !use.node.is('Add')) return
  const index = 1 - use.index
  const bias = use.node.inputs[index]?.constant
  const length = weight.correction.length
  if (bias?.dataType !== 'float32' || bias.shape.length !== 1 || bias.size !== length) return
  const own = bias.elements as Float32Array
  const corrected = Float64Array.from(weight.correction, (value, output) => value + (own[output] ?? 0))
  use.node.setInput(index, floatBias(graph, corrected, bias.name))
}
