/** Which layers of a model run in int8, told from the graph that onnxruntime makes of it. */
import { type Model, type Node, withSubgraphs } from '../../ir'
import type { Skip } from '../../passes/pass'
import type { LayerExecution } from '../../report/reportData'
import { isFloatLayer, isInt8 } from './int8Operations'
import { type WeightedLayer, weightedLayers } from './layers'

/** onnxruntime keeps the names of nodes that it fuses, and adds to them. */
const MARK = /onnxpress#(\d+)#/

/** A copy of a model whose layers have names that are found again in the optimized graph. */
export function markLayers<M extends Model>(model: M): M {
  const copy = model.clone()
  for (const [index, { node }] of weightedLayers(copy).entries()) node.name = `onnxpress#${index}#`
  return copy
}

/**
 * How each layer of a model runs.
 * @param optimized what onnxruntime made of the copy that {@link markLayers} gave, at level `'extended'`
 * @param skipped what passes left alone, and why
 */
export function layerExecutions(model: Model, optimized: Model, skipped: readonly Skip[]): LayerExecution[] {
  const running = markedNodes(optimized)
  const reasons = new Map(skipped.map(({ at, reason }) => [at, reason]))
  return weightedLayers(model).map((layer, index) => {
    const { node } = layer
    const as = running.get(index)
    const runsIn = as ? (isInt8(as) ? 'int8' : 'float') : 'unknown'
    const shared = { at: node.label, opType: node.opType, runsAs: as?.opType, runsIn } as const
    return runsIn === 'int8' ? shared : { ...shared, reason: reasonFor(layer, as, reasons) }
  })
}

/** The nodes that run in place of layers, by the layers' numbers. */
function markedNodes(optimized: Model): Map<number, Node> {
  const found = new Map<number, Node>()
  for (const graph of withSubgraphs(optimized.graph)) {
    for (const node of graph) {
      const mark = MARK.exec(node.name)?.[1]
      if (mark !== undefined && (isInt8(node) || isFloatLayer(node))) found.set(Number(mark), node)
    }
  }
  return found
}

function reasonFor(layer: WeightedLayer, as: Node | undefined, reasons: ReadonlyMap<string, string>): string {
  const { node, weightBits = 32 } = layer
  const names = [node.label, node.name, ...node.outputs.map((output) => output?.name ?? '')]
  const told = names.map((name) => reasons.get(name)).find((reason) => reason !== undefined)
  if (told !== undefined) return told
  if (!as) return 'it is not found in the graph that onnxruntime runs: folded, or fused beyond recognition'
  if (weightBits > 8) return 'its weight is stored in floating point'
  if (!layer.hasQuantizedInput)
    return `its weight is stored in ${weightBits} bits, its activations stay in float`
  if (!layer.hasQuantizedOutput)
    return 'its input is quantized but its output is not, so onnxruntime runs it in float'
  return 'onnxruntime does not fuse it into an integer operation, though it is quantized'
}
