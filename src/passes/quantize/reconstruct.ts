/**
 * Rounds weights by what they do to the outputs instead of to the nearest numbers: GPTQ (Frantar et al. 2023) on the
 * covariance of each layer's inputs. The covariance, not the Gram matrix, because the mean of the error is taken off the
 * bias afterwards; that leaves the rounding free to care for the rest.
 */
import type { GramMatrix } from '../../calibrate/gramRequest'
import { OnnxpressError } from '../../errors'
import type { Tensor } from '../../ir'
import { centeredGram, roundWeights } from '../../native'
import { dampingOf } from '../layer/damping'
import { gramRequest } from '../layer/gramRequest'
import type { Layer } from '../layer/layer'
import { fromMatrix, toMatrix } from '../layer/weightMatrix'
import type { PassContext } from '../pass'
import type { WeightStore } from './weightStore'
import type { QuantizedWeight } from './weights'

/** Rounds the weights of all layers anew, as far as the Gram matrices of their inputs fit into memory. */
export async function reconstruct(
  context: PassContext,
  layers: readonly Layer[],
  weights: WeightStore,
): Promise<void> {
  // A shared weight is stored once, so it cannot suit each of its layers.
  const suited = layers.filter((layer) => layer.kind !== 'convTranspose' && layer.weight.uses.length === 1)
  const grams = await context.runtime.collectGrams(context.model, suited.map(gramRequest))
  try {
    for (const [index, layer] of suited.entries()) {
      context.signal.throwIfAborted()
      const matrix = grams.has(layer.key) ? await grams.read(layer.key) : undefined
      if (matrix) {
        const rounded = reround(layer, matrix, weights)
        weights.set(layer, await keepIfNotFinite(layer, weights, rounded))
      }
      context.progress(0.2 + (0.1 * index) / suited.length, 'rounding weights by their effect')
    }
  } finally {
    await grams.dispose()
  }
}

/** Weights and inputs with NaN or infinities stay rounded to nearest. */
async function keepIfNotFinite(layer: Layer, weights: WeightStore, rounded: Promise<QuantizedWeight>) {
  try {
    return await rounded
  } catch (error) {
    if (error instanceof OnnxpressError && error.code === 'BAD_ARGUMENT') return weights.of(layer)
    throw error
  }
}

async function reround(layer: Layer, matrix: GramMatrix, weights: WeightStore): Promise<QuantizedWeight> {
  const { scales } = weights.of(layer)
  const tensor = layer.weight.constant as Tensor
  const rowMajor = toMatrix(layer, (await tensor.load()) as Float32Array)
  const { features, groups } = matrix
  const values = new Int8Array(rowMajor.length)
  const correction = new Float64Array(scales.length)
  const rows = scales.length / groups
  for (let group = 0; group < groups; group++) {
    const part = { first: group * rows, rows, features }
    const rounded = await roundGroup(rowMajor, scales, matrix, group, part, weights.levels)
    values.set(rounded, part.first * features)
    shiftsOf(rowMajor, rounded, scales, matrix.means.subarray(group * features), part, correction)
  }
  return { values: fromMatrix(layer, values), scales, correction }
}

/** The rows (outputs) of one group of a convolution. */
interface Part {
  readonly first: number
  readonly rows: number
  readonly features: number
}

async function roundGroup(
  weight: Float32Array,
  scales: Float32Array,
  matrix: GramMatrix,
  group: number,
  { first, rows, features }: Part,
  levels: number,
): Promise<Int8Array> {
  const { quantized } = await roundWeights({
    weights: weight.slice(first * features, (first + rows) * features),
    rows,
    columns: features,
    gram: centeredGram(matrix, group),
    scales: scales.slice(first, first + rows),
    qmin: -levels,
    qmax: levels,
    damping: dampingOf(matrix),
  })
  return quantized
}

/** correction[o] = −Σᵢ (ŵ − w)[o,i] · mean[i] */
function shiftsOf(
  weight: Float32Array,
  rounded: Int8Array,
  scales: Float32Array,
  means: Float64Array,
  { first, rows, features }: Part,
  correction: Float64Array,
): void {
  for (let row = 0; row < rows; row++) {
    const scale = scales[first + row] ?? 0
    let shift = 0
    for (let feature = 0; feature < features; feature++) {
      const exact = weight[(first + row) * features + feature] ?? 0
      shift += ((rounded[row * features + feature] ?? 0) * scale - exact) * (means[feature] ?? 0)
    }
    correction[first + row] = -shift
  }
}
