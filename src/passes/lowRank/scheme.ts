/**
 * The ways in which a layer can be written as several smaller ones:
 *
 *     pair     W[m, n·k] ≈ U[m, r] · V[r, n·k]: a layer with r outputs, then one that mixes them (a convolution keeps its
 *              kernel in the first; Zhang et al. 2016, "Accelerating Very Deep Convolutional Networks", §3)
 *     spatial  a k×1 convolution to r channels, then a 1×k one (Jaderberg et al. 2014, "Speeding up Convolutional Neural
 *              Networks with Low Rank Expansions", §2)
 *     tucker   a 1×1 convolution to r₁ channels, the kernel from r₁ to r₂, a 1×1 convolution (Kim et al. 2016, "Compression
 *              of Deep Convolutional Neural Networks for Fast and Low Power Mobile Applications", §3)
 */
import type { Layer } from '../layer/layer'
import { matrixShape } from '../layer/weightMatrix'

export type SchemeKind = 'pair' | 'spatial' | 'tucker'

export const SCHEMES: readonly SchemeKind[] = ['pair', 'spatial', 'tucker']

/** Sizes of a layer that costs depend on. */
export interface LayerSizes {
  readonly outputs: number
  readonly inputs: number
  /** Lengths of the kernel along its axes; none for matrix products. */
  readonly kernel: readonly number[]
}

/** How often a layer's weights are used in one run of the model. */
export interface Positions {
  /** Of its outputs, batch included. */
  readonly output: number
  /** Of its inputs. */
  readonly input: number
  /** Output rows × input columns: what lies between the halves of a spatial pair. */
  readonly between: number
}

/** What a layer costs. */
export interface Cost {
  readonly parameters: number
  /** Multiply-accumulates of one run; undefined where sizes are not known. */
  readonly macs: number | undefined
}

export function sizesOf(layer: Layer): LayerSizes {
  const { rows, channels } = matrixShape(layer)
  const kernel = (layer.weight.constant?.shape ?? []).slice(2)
  const outputs = layer.kind === 'convTranspose' ? rows / product(kernel) : rows
  return { outputs, inputs: channels, kernel }
}

/** The schemes that a layer can have. */
export function schemesOf({ kind }: Layer, { kernel }: LayerSizes): readonly SchemeKind[] {
  if (kind !== 'conv' || product(kernel) === 1) return ['pair']
  const isWide = kernel.length === 2 && kernel.every((length) => length > 1)
  return isWide ? SCHEMES : ['pair', 'tucker']
}

/** The largest ranks that say anything: with them nothing is lost. */
export function fullRanks(layer: Layer, scheme: SchemeKind): readonly number[] {
  const { outputs, inputs, kernel } = sizesOf(layer)
  const taps = product(kernel)
  if (scheme === 'tucker') return [inputs, Math.min(outputs, inputs * taps)]
  if (scheme === 'spatial') {
    const [down = 1, across = 1] = kernel
    return [Math.min(inputs * down, outputs * across)]
  }
  return layer.kind === 'convTranspose'
    ? [Math.min(inputs, outputs * taps)]
    : [Math.min(outputs, inputs * taps)]
}

/** @param positions undefined where they are not known */
export function denseCost(layer: Layer, positions: Positions | undefined): Cost {
  const { outputs, inputs, kernel } = sizesOf(layer)
  const parameters = outputs * inputs * product(kernel)
  return { parameters, macs: positions && parameters * positionsOf(layer, positions) }
}

export function factoredCost(
  layer: Layer,
  scheme: SchemeKind,
  ranks: readonly number[],
  positions: Positions | undefined,
): Cost {
  const { outputs, inputs, kernel } = sizesOf(layer)
  const [first = 0, second = 0] = ranks
  const taps = product(kernel)
  if (scheme === 'pair') {
    const isTransposed = layer.kind === 'convTranspose'
    const parameters = first * (isTransposed ? inputs + outputs * taps : inputs * taps + outputs)
    return { parameters, macs: positions && parameters * positionsOf(layer, positions) }
  }
  if (scheme === 'spatial') {
    const [down = 1, across = 1] = kernel
    const [before, after] = [first * inputs * down, first * outputs * across]
    const macs = positions && before * positions.between + after * positions.output
    return { parameters: before + after, macs }
  }
  const [before, after] = [inputs * first, first * second * taps + second * outputs]
  const macs = positions && before * positions.input + after * positions.output
  return { parameters: before + after, macs }
}

function positionsOf({ kind }: Layer, { input, output }: Positions): number {
  return kind === 'convTranspose' ? input : output
}

export function product(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all * each, 1)
}
