/** The layers that compression is about: nodes that multiply activations by a constant weight. */
import { allNodes, type Graph, type Node, type Value } from '../../ir'
import type { Skip } from '../pass'

export type LayerKind = 'conv' | 'convTranspose' | 'gemm' | 'matmul'

export interface Layer {
  /** Name of the node's output: the same in every copy of the model. */
  readonly key: string
  readonly node: Node
  readonly kind: LayerKind
  /** The activations that the weight multiplies. */
  readonly input: Value
  readonly weight: Value
  /** Constant bias that the node itself adds, one number an output channel. */
  readonly bias: Value | undefined
  /** Axis of the weight that counts output channels (of one group, for ConvTranspose). */
  readonly channelAxis: number
  /** Axis of the activations that counts input channels; negative counts from the end. */
  readonly inputAxis: number
}

const KINDS: Readonly<Record<string, LayerKind>> = {
  Conv: 'conv',
  ConvTranspose: 'convTranspose',
  Gemm: 'gemm',
  MatMul: 'matmul',
}

/** The reason why a node is skipped that the caller wants to be left alone. */
export const KEPT = 'kept as asked'

/** Finds the layers of a graph. Nodes of these types that are none are skipped with the reason. */
export function findLayers(
  graph: Graph,
  keep: (node: Node) => boolean,
): { layers: Layer[]; skipped: Skip[] } {
  const layers: Layer[] = []
  const skipped: Skip[] = []
  for (const node of graph) {
    const kind = kindOf(node)
    if (!kind) continue
    const reason = keep(node) ? KEPT : (weightRefusal(node, kind) ?? refusal(node, kind))
    if (reason) skipped.push({ at: node.label, reason })
    else layers.push(describeLayer(node, kind))
  }
  return { layers, skipped: [...skipped, ...nestedSkips(graph)] }
}

/** Layers inside If, Loop and Scan: they run no or many times, which samples of the main graph say nothing about. */
function nestedSkips(graph: Graph): Skip[] {
  const inner = graph.nodes.flatMap((node) => node.subgraphs.flatMap((subgraph) => [...allNodes(subgraph)]))
  const reason = 'it is inside a subgraph, and only layers of the main graph are changed'
  return inner
    .filter((node) => kindOf(node) && node.inputs[1]?.constant)
    .map((node) => ({ at: node.label, reason }))
}

/**
 * The layer that a node is by its operator and weight. What else it adds or scales with is not looked at, so it may be one
 * that {@link findLayers} skips.
 */
export function layerOf(node: Node): Layer | undefined {
  const kind = kindOf(node)
  return kind && !weightRefusal(node, kind) ? describeLayer(node, kind) : undefined
}

function kindOf({ domain, opType }: Node): LayerKind | undefined {
  return domain === '' ? KINDS[opType] : undefined
}

function describeLayer(node: Node, kind: LayerKind): Layer {
  const [input, weight, bias] = node.inputs as [Value, Value, Value | undefined]
  const isMatrix = kind === 'gemm' || kind === 'matmul'
  return {
    key: node.outputs[0]?.name ?? '',
    node,
    kind,
    input,
    weight,
    bias: kind === 'matmul' ? undefined : bias,
    channelAxis: isMatrix ? (node.int('transB', 0) ? 0 : 1) : kind === 'conv' ? 0 : 1,
    inputAxis: isMatrix ? -1 : 1,
  }
}

/** Why a node is no layer, or undefined when it is one. */
function weightRefusal(node: Node, kind: LayerKind): string | undefined {
  const [input, weight] = node.inputs
  if (!input || !weight || !node.outputs[0]) return 'it lacks an input or output'
  const constant = weight.constant
  if (!constant) {
    if (input.constant) return 'its first input is the constant, its second the activations'
    return 'both inputs are activations: there is no weight'
  }
  if (constant.dataType === 'float16')
    return 'its weight is float16: toFloat32() makes it float32, before this'
  if (constant.dataType !== 'float32') return `its weight is ${constant.dataType}, not float32`
  if (kind === 'matmul' && constant.shape.length !== 2)
    return `its weight has ${constant.shape.length} axes, not 2`
  return kind === 'gemm' && node.int('transA', 0) !== 0 ? 'it transposes its activations (transA)' : undefined
}

/** Why a layer's weight cannot be changed for another, or undefined when it can. */
function refusal(node: Node, kind: LayerKind): string | undefined {
  const [input, , bias] = node.inputs
  if (input?.constant) return 'both inputs are constants: simplify() folds it'
  if (bias && !bias.constant) return 'its bias is not a constant'
  return kind === 'gemm' ? gemmRefusal(node, bias) : undefined
}

function gemmRefusal(node: Node, bias: Value | undefined): string | undefined {
  if (node.float('alpha', 1) !== 1) return 'it scales its product (alpha)'
  if (bias && node.float('beta', 1) !== 1) return 'it scales its bias (beta)'
  const outputs = node.inputs[1]?.constant?.shape[node.int('transB', 0) ? 0 : 1]
  const shape = bias?.constant?.shape ?? []
  const isPerOutput = bias?.constant?.size === outputs && (shape.at(-1) ?? 1) === outputs
  return bias && !isPerOutput ? 'its bias is not one number an output' : undefined
}
