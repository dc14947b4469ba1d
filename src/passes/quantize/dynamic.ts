/**
 * `quantize.dynamic`: 8-bit weights, activations quantized as they come; needs no samples.
 *
 *     MatMul(x, w)  →  x_q, s, z = DynamicQuantizeLinear(x)
 *                      Cast(MatMulInteger(x_q, w_q, z)) · (s · w_scales)
 *
 * Standard operators, in the form that onnxruntime fuses into DynamicQuantizeMatMul. Layers that read the same
 * activations share one DynamicQuantizeLinear. Embedding tables are stored in 8 bits too.
 */
import { attribute, type Graph, Tensor, type Value } from '../../ir'
import { type Keep, keepPredicate } from '../keep'
import { findLayers, type Layer } from '../layer/layer'
import { transposed } from '../layer/weightMatrix'
import type { Pass, PassContext, PassResult, Skip } from '../pass'
import { storeEmbeddings } from './embedding'
import { FrugalRounder } from './frugalRounder'
import { opsetRefusal } from './requirements'

export interface DynamicOptions {
  /** 7-bit weights, for processors without VNNI, whose 16-bit sums of products would saturate. */
  readonly reduceRange?: boolean
  /** Nodes to leave alone. */
  readonly keep?: Keep
}

/**
 * Stores the weights of matrix products and embedding tables in 8 bits; activations are quantized at run time, with a
 * range of their own for each tensor. Convolutions are left in float: onnxruntime's ConvInteger is slower than its float
 * convolution.
 */
export function quantizeDynamic(options: DynamicOptions = {}): Pass {
  const { reduceRange = false, keep } = options
  return {
    name: 'quantize.dynamic',
    options: { reduceRange, ...(keep !== undefined && { keep: String(keep) }) },
    apply: (context) => apply(context, options),
  }
}

/** Weights that are being rounded at the same time; reading and rounding overlap. */
const AHEAD = 4

async function apply(context: PassContext, { reduceRange, keep }: DynamicOptions): Promise<PassResult> {
  const refusal = opsetRefusal(context.model)
  if (refusal) return { changed: 0, skipped: [refusal] }
  const { graph } = context
  const { layers, skipped } = findLayers(graph, keepPredicate(keep))
  const rounder = new FrugalRounder(reduceRange ? 63 : 127)
  const writer = new DynamicWriter(graph, rounder)
  const taken = layers.filter((layer) => !dynamicRefusal(layer))
  for (const layer of layers) {
    const reason = dynamicRefusal(layer)
    if (reason) skipped.push({ at: layer.node.label, reason })
  }
  for (const [index, layer] of taken.entries()) {
    context.signal.throwIfAborted()
    // The next weights are read and rounded while this one's nodes are written.
    const ahead = taken
      .slice(index, index + AHEAD)
      .map((next) => rounder.round(weightOf(next), next.channelAxis))
    await Promise.all(ahead.slice(0, 1))
    await writer.rewrite(layer)
    context.progress((index + 1) / taken.length)
  }
  const embeddings = await storeEmbeddings(graph, keepPredicate(keep), rounder)
  const allSkipped: Skip[] = [...skipped, ...embeddings.skipped]
  return {
    changed: writer.changed + embeddings.changed,
    skipped: allSkipped,
    details: { int8Layers: writer.changed, embeddings: embeddings.changed },
  }
}

function weightOf(layer: Layer): Tensor {
  return layer.weight.constant as Tensor
}

function dynamicRefusal(layer: Layer): string | undefined {
  if (layer.kind === 'matmul' || layer.kind === 'gemm') return undefined
  return "onnxruntime's integer convolution with ranges found at run time is slower than float: use static quantization"
}

/** What DynamicQuantizeLinear makes of one value. */
interface Quantized {
  readonly values: Value
  readonly scale: Value
  readonly zeroPoint: Value
}

class DynamicWriter {
  changed = 0
  private readonly activations = new Map<Value, Quantized>()
  private readonly weights = new Map<string, { values: Value; scales: Value }>()

  constructor(
    private readonly graph: Graph,
    private readonly rounder: FrugalRounder,
  ) {}

  async rewrite(layer: Layer): Promise<void> {
    const { values, scales } = await this.store(layer)
    const x = this.quantize(layer)
    const { node, bias } = layer
    const add = (opType: string, inputs: (Value | undefined)[], attributes = {}) =>
      this.graph.add(opType, inputs, { before: node, attributes }).output() as Value
    const sums = add('MatMulInteger', [x.values, values, x.zeroPoint])
    const product = [add('Cast', [sums], { to: attribute.int(1) }), add('Mul', [x.scale, scales])]
    const [output] = node.outputs as [Value]
    node.setOutput(0, undefined)
    if (bias)
      this.graph.add('Add', [add('Mul', product), bias], { outputs: [output], before: node, name: node.name })
    else this.graph.add('Mul', product, { outputs: [output], before: node, name: node.name })
    this.graph.remove(node)
    if (layer.weight.isUnused) layer.weight.graph.forget(layer.weight)
    this.changed++
  }

  /** 8-bit values [inputs, outputs] and scales of a weight, made once however many layers share it. */
  private async store(layer: Layer): Promise<{ values: Value; scales: Value }> {
    const key = `${layer.weight.name} ${layer.channelAxis}`
    const known = this.weights.get(key)
    if (known) return known
    const { name } = layer.weight
    const { tensor, scales } = await this.rounder.round(weightOf(layer), layer.channelAxis)
    const values = layer.channelAxis === 0 ? await transposedTensor(tensor) : tensor
    const stored = {
      values: this.graph.addInitializer(values, `${name}_q`),
      scales: this.graph.addInitializer(Tensor.from('float32', [scales.length], scales), `${name}_scale`),
    }
    this.weights.set(key, stored)
    return stored
  }

  private quantize({ input, node }: Layer): Quantized {
    const known = this.activations.get(input)
    if (known) return known
    const [values, scale, zeroPoint] = this.graph.add('DynamicQuantizeLinear', [input], {
      outputs: 3,
      before: node,
    }).outputs
    const quantized = { values: values as Value, scale: scale as Value, zeroPoint: zeroPoint as Value }
    this.activations.set(input, quantized)
    return quantized
  }
}

async function transposedTensor(tensor: Tensor): Promise<Tensor> {
  const [rows = 0, columns = 0] = tensor.shape
  return Tensor.from('int8', [columns, rows], transposed((await tensor.load()) as Int8Array, rows, columns))
}
