/** Small graphs made sparse, and what is to be seen of it. */
import type { Model, Tensor } from '../../../src/ir'
import { findLayers, type Layer } from '../../../src/passes/layer/layer'
import { matrixShape, toMatrix } from '../../../src/passes/layer/weightMatrix'
import type { Pass, PassResult, PassRuntime } from '../../../src/passes/pass'
import { contextFor, type Feeds, type LayerBuilder, runtimeOver, samplesFor } from '../quantize/support'

export interface Pruned {
  readonly model: Model
  readonly result: PassResult
  /** What was passed over, by node. */
  readonly reasons: Readonly<Record<string, string>>
}

/** Applies a pass to a model and checks the graph's own rules. */
export async function pruneNow(
  { model }: Pick<LayerBuilder, 'model'>,
  pass: Pass,
  samples: readonly Feeds[] = samplesFor(model),
  runtime: PassRuntime = runtimeOver(model.clone(), samples),
): Promise<Pruned> {
  const result = await pass.apply(await contextFor(pass, model, samples, runtime))
  model.verify()
  return { model, result, reasons: Object.fromEntries(result.skipped.map(({ at, reason }) => [at, reason])) }
}

export function layersOf({ graph }: Model): Layer[] {
  return findLayers(graph, () => false).layers
}

/** A layer's weight as matrices [groups, rows, columns], columns as ONNX stores them. */
export function matrixOf(layer: Layer): Float32Array {
  return toMatrix(layer, (layer.weight.constant as Tensor).elements as Float32Array)
}

/** A weight by group, output, input channel and kernel position. */
export function weightAt(
  layer: Layer,
  matrix: Float32Array,
  [group, row, channel, tap]: [number, number, number, number],
): number {
  const { rows, columns, taps } = matrixShape(layer)
  return matrix[(group * rows + row) * columns + channel * taps + tap] as number
}

export function zerosOf(numbers: Iterable<number>): number {
  return [...numbers].filter((each) => each === 0).length
}

/** The weights of all layers by key, to be held against later ones. */
export function weightsOf(model: Model): Map<string, Float32Array> {
  return new Map(layersOf(model).map((layer) => [layer.key, matrixOf(layer)]))
}
