/**
 * Layers that have lost inputs are fitted anew to what they computed (He et al. 2017, "Channel Pruning for Accelerating
 * Very Deep Neural Networks", §3.1): with the covariance C of the inputs and K those that are left,
 *
 *     Ŵ = W C[:, K] (C[K, K] + λI)⁻¹      b̂ = b + W μ − Ŵ μ[K]
 *
 * so that the bias takes over the mean of what is gone, and the weights what can be told from the rest.
 */
import type { GramMatrix } from '../../../calibrate/gramRequest'
import type { GramStore } from '../../../calibrate/gramStore'
import { OnnxpressError } from '../../../errors'
import { type Node, Tensor } from '../../../ir'
import { centeredGram, leastSquares } from '../../../native'
import { dampingOf } from '../../layer/damping'
import type { Layer } from '../../layer/layer'
import { fromMatrix, type WeightMatrix, weightMatrix } from '../../layer/weightMatrix'
import type { Skip } from '../../pass'
import type { Consumer } from './grams'
import { factorOf } from './layer'
import type { Kept } from './remove/kept'
import type { Update } from './remove/removeChannels'

export interface Refit {
  readonly updates: ReadonlyMap<Node, Update>
  readonly skipped: readonly Skip[]
}

/** Fits each layer that has lost inputs; those without a matrix of theirs are left as they are, with the reason. */
export async function refit(
  kept: Kept,
  consumers: readonly Consumer[],
  grams: GramStore,
  onLayer: (ratio: number) => void,
): Promise<Refit> {
  const updates = new Map<Node, Update>()
  const skipped: Skip[] = []
  const losing = consumers.filter(({ place }) => kept.of(place))
  for (const [index, consumer] of losing.entries()) {
    onLayer(index / losing.length)
    const { node } = consumer.layer
    const reason = whyNot(consumer, grams)
    const update = reason ?? (await fitIfPossible(kept, consumer, await grams.read(consumer.layer.key)))
    if (typeof update === 'string') skipped.push({ at: node.label, reason: `not fitted anew: ${update}` })
    else updates.set(node, update)
  }
  return { updates, skipped }
}

function whyNot({ layer: { weight, key } }: Consumer, grams: GramStore): string | undefined {
  if (weight.uses.length > 1) return 'several nodes read its weight'
  if (grams.has(key)) return undefined
  return grams.skipped.find((skip) => skip.key === key)?.reason ?? 'there is no Gram matrix of its inputs'
}

async function fitIfPossible(kept: Kept, consumer: Consumer, matrix: GramMatrix): Promise<Update | string> {
  try {
    return await fitLayer(kept, consumer, matrix)
  } catch (error) {
    if (error instanceof OnnxpressError && error.code === 'BAD_ARGUMENT') return error.message
    throw error
  }
}

async function fitLayer(kept: Kept, { layer, place }: Consumer, matrix: GramMatrix): Promise<Update> {
  const all = await weightMatrix(layer)
  const outputs = kept.input(layer.node, 1)[layer.channelAxis]
  const { values, rows } = selectRows(all, layer, outputs)
  const columns = expanded(kept.of(place) as Int32Array, all.taps)
  const before = { weights: values, rows, columns: all.columns }
  // What ConvTranspose adds up differs from tap to tap, so its bias cannot take over a mean.
  const takesMean = layer.kind !== 'convTranspose'
  const gram = takesMean ? centeredGram(matrix) : matrix.gram
  const { weights } = await leastSquares({ ...before, gram, kept: columns, damping: dampingOf(matrix) })
  const after = fromMatrix(layer, weights, { groups: 1, rows, columns: columns.length })
  const weight = Tensor.float32(after, shapeOf(layer, kept))
  if (!takesMean) return { weight }
  const means = matrix.means.subarray(0, all.columns)
  const [was, is] = [
    product(values, rows, means),
    product(
      weights,
      rows,
      Float64Array.from(columns, (at) => means[at] as number),
    ),
  ]
  return { weight, shift: was.map((each, row) => factorOf(layer) * (each - (is[row] as number))) }
}

/** The rows of outputs that are kept. */
function selectRows(
  { values, rows, columns }: WeightMatrix,
  layer: Layer,
  outputs: Int32Array | undefined,
): { values: Float32Array; rows: number } {
  if (!outputs) return { values, rows }
  const perOutput = rows / (layer.weight.constant?.shape[layer.channelAxis] as number)
  const chosen = expanded(outputs, perOutput)
  const result = new Float32Array(chosen.length * columns)
  for (const [at, row] of chosen.entries())
    result.set(values.subarray(row * columns, (row + 1) * columns), at * columns)
  return { values: result, rows: chosen.length }
}

/** Channels as the positions of all that belongs to them. */
function expanded(channels: Int32Array, each: number): Int32Array {
  return Int32Array.from(
    { length: channels.length * each },
    (_, at) => (channels[Math.floor(at / each)] as number) * each + (at % each),
  )
}

function shapeOf({ node, weight }: Layer, kept: Kept): number[] {
  const { shape } = weight.constant as Tensor
  return shape.map((size, axis) => kept.input(node, 1)[axis]?.length ?? size)
}

/** W · x */
function product(weights: Float32Array, rows: number, x: Float64Array): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => {
    const start = row * x.length
    let sum = 0
    for (let at = 0; at < x.length; at++) sum += (weights[start + at] as number) * (x[at] as number)
    return sum
  })
}
