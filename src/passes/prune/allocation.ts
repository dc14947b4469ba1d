/**
 * One threshold for all layers: how much each loses when the weights that go are those whose outputs miss them least. A
 * weight's worth is its share of the output energy of its layer,
 *
 *     e = w² · mean(x²) / Σ w² · mean(x²)
 *
 * so that the scales of layers and activations do not decide (after the normalization of Lee et al. 2021,
 * "Layer-adaptive Sparsity for the Magnitude-based Pruning", §3.1); without samples mean(x²) counts as 1. Worths are
 * counted in bins of their logarithm, 128 to the octave, so that memory does not grow with the model.
 */
import type { Layer } from '../layer/layer'
import { matrixShape, toMatrix } from '../layer/weightMatrix'

/** A positive float's exponent and the first 7 bits of its fraction: rises with the number. */
const BIN_SHIFT = 16
const BINS = 2 ** (31 - BIN_SHIFT)
/** No layer loses more than this share, so that none is emptied, unless more is asked of all. */
const LARGEST_RATIO = 0.95

/** How many of a layer's weights lie in each bin of worth. */
export interface WorthCounts {
  readonly key: string
  readonly weights: number
  readonly counts: Uint32Array
}

/**
 * Counts a layer's weights by worth.
 * @param meanSquares of the input channels; 1 where nothing is known
 */
export async function countWorths(layer: Layer, meanSquares: Float64Array | undefined): Promise<WorthCounts> {
  const shape = matrixShape(layer)
  const weights = toMatrix(layer, (await layer.weight.constant?.load()) as Float32Array)
  const size = shape.rows * shape.columns
  const energies = weights.map((weight, at) => {
    const channel = Math.floor((at % shape.columns) / shape.taps) + Math.floor(at / size) * shape.channels
    return weight * weight * (meanSquares?.[channel] ?? 1)
  })
  const total = energies.reduce((sum, energy) => sum + energy, 0)
  const counts = new Uint32Array(BINS)
  for (const energy of energies) {
    const bin = binOf(total > 0 ? energy / total : 0)
    counts[bin] = (counts[bin] as number) + 1
  }
  return { key: layer.key, weights: weights.length, counts }
}

const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

function binOf(worth: number): number {
  float[0] = worth
  return Math.min(BINS - 1, (bits[0] as number) >>> BIN_SHIFT)
}

/** The share of each layer, by key, when all together lose `ratio` of their weights. */
export function allocate(layers: readonly WorthCounts[], ratio: number): Map<string, number> {
  const largest = Math.max(LARGEST_RATIO, ratio)
  const wanted = ratio * layers.reduce((sum, { weights }) => sum + weights, 0)
  const below = layers.map(() => 0)
  for (let bin = 0; bin < BINS; bin++) {
    const upTo = layers.map(({ counts }, index) => (below[index] as number) + (counts[bin] as number))
    if (lost(layers, upTo, largest) >= wanted) return within(layers, below, upTo, { wanted, largest })
    upTo.forEach((count, index) => {
      below[index] = count
    })
  }
  return new Map(layers.map(({ key }) => [key, largest]))
}

/** Somewhere in one bin, all layers alike. */
function within(
  layers: readonly WorthCounts[],
  below: readonly number[],
  upTo: readonly number[],
  { wanted, largest }: { readonly wanted: number; readonly largest: number },
): Map<string, number> {
  let [low, high] = [0, 1]
  const at = (part: number) => below.map((count, index) => count + part * ((upTo[index] as number) - count))
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2
    if (lost(layers, at(middle), largest) >= wanted) high = middle
    else low = middle
  }
  const counts = at(high)
  return new Map(
    layers.map(({ key, weights }, index) => [key, Math.min(largest, (counts[index] as number) / weights)]),
  )
}

/** Weights that go when each layer loses so many, but no more than the largest share. */
function lost(layers: readonly WorthCounts[], counts: readonly number[], largest: number): number {
  return layers.reduce(
    (sum, { weights }, index) => sum + Math.min(counts[index] as number, largest * weights),
    0,
  )
}
