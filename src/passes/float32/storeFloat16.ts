/** The pass that keeps weights of floats in half the bytes. */
import { attribute, dataTypeCode, type Graph, type Node, Tensor, type Value, withSubgraphs } from '../../ir'
import { fromFloat32, minMax } from '../../native'
import { type Keep, keepPredicate } from '../keep'
import type { Pass, PassContext, PassResult, Skip } from '../pass'

export interface StoreFloat16Options {
  /** Nodes whose weights are left alone. */
  readonly keep?: Keep
}

/** Which inputs of a node are weights. */
const WEIGHTS: Readonly<Record<string, readonly number[]>> = {
  Conv: [1],
  ConvTranspose: [1],
  MatMul: [0, 1],
  Gemm: [0, 1],
  Gather: [0],
  LSTM: [1, 2],
  GRU: [1, 2],
  RNN: [1, 2],
}

/** The others cost a node more than they spare. */
const FEWEST_ELEMENTS = 512

/** Halves reach to 65504, and have all their precision from 2^-14 on: of a weight whose largest element is this, 2^-24 is enough. */
const LARGEST = 65504
const SMALLEST = 2 ** -10

/**
 * Stores the float32 weights of layers, embeddings and recurrent layers as float16, behind a Cast to float32: half the bytes in the
 * file, and the same arithmetic. onnxruntime folds the Cast when it opens the model. Each weight is rounded to 11 bits, relative
 * error 2^-11 at most; one that float16 does not reach is left alone.
 */
export function storeFloat16({ keep }: StoreFloat16Options = {}): Pass {
  const keeps = keepPredicate(keep)
  return { name: 'storeFloat16', apply: (context) => storeAll(context, keeps) }
}

async function storeAll(
  { graph, progress }: PassContext,
  keeps: (node: Node) => boolean,
): Promise<PassResult> {
  const found = [...withSubgraphs(graph)].flatMap(weightsOf)
  const skipped: Skip[] = []
  let changed = 0
  for (const [index, value] of found.entries()) {
    progress(index / found.length, 'storeFloat16')
    const reason = value.consumers.some(keeps) ? 'kept by the caller' : await store(value)
    if (reason) skipped.push({ at: value.name, reason })
    else changed++
  }
  return { changed, skipped }
}

/** Float32 constants of a graph that some of its nodes have as weights. */
function weightsOf(graph: Graph): Value[] {
  const found = new Set<Value>()
  for (const node of graph) {
    for (const index of node.domain === '' ? (WEIGHTS[node.opType] ?? []) : []) {
      const value = node.input(index)
      const isLarge = value?.constant?.dataType === 'float32' && value.constant.size >= FEWEST_ELEMENTS
      if (value && isLarge && value.graph === graph) found.add(value)
    }
  }
  return [...found]
}

/** Says why a weight is left alone. */
async function store(value: Value): Promise<string | undefined> {
  const { constant, graph, name } = value
  if (!constant || value.isGraphOutput) return 'it is an output of the graph'
  const elements = (await constant.load()) as Float32Array
  const { absMax, nonFinite } = await minMax(elements)
  if (nonFinite > 0) return 'float16 does not reach its infinities or what is no number'
  if (absMax > LARGEST) return `float16 does not reach ${absMax}`
  if (absMax < SMALLEST) return `float16 is too coarse for ${absMax}`
  const bits = await fromFloat32(elements, 'float16')
  const half = graph.addInitializer(Tensor.from('float16', constant.shape, bits), `${name}_float16`)
  const to = { to: attribute.int(dataTypeCode('float32')) }
  const cast = graph.add('Cast', [half], { attributes: to, before: graph.first }).output() as Value
  graph.replaceUses(value, cast)
  graph.forget(value)
  return undefined
}
