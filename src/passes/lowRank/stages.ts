/** Factors as the weights that ONNX's operators store. */
import { Tensor } from '../../ir'
import type { Layer } from '../layer/layer'
import { transposed } from '../layer/weightMatrix'
import type { Factors } from './factorize'
import { sizesOf } from './scheme'

/**
 * Smaller numbers become 0. Channels that died in training leave weights at the edge of what float32 holds; processors take
 * a hundred times as long for numbers beyond it, and layers forty times (measured), and no sum would tell them from 0.
 */
const LEAST = 2 ** -100

/** How one factor is stored. */
export interface Storage {
  readonly shape: readonly number[]
  /** Whether the matrix [outputs, inputs · kernel positions] lies the other way around. */
  readonly isTransposed: boolean
}

/** The weights of the layers that take the place of one, in the order in which they run. */
export function stageTensors(layer: Layer, { scheme, ranks, stages }: Factors): Tensor[] {
  const storages = stageStorages(layer, scheme, ranks)
  return stages.map((stage, index) => toTensor(stage, storages[index] as Storage))
}

/** How the weights of each stage are stored. */
export function stageStorages(layer: Layer, scheme: Factors['scheme'], ranks: readonly number[]): Storage[] {
  const { outputs, inputs, kernel } = sizesOf(layer)
  const [first = 1, second = 1] = ranks
  const [down = 1, across = 1] = kernel
  const points = kernel.map(() => 1)
  const plain = (...shapes: number[][]) => shapes.map((shape) => ({ shape, isTransposed: false }))
  if (scheme === 'spatial') return plain([first, inputs, down, 1], [outputs, first, 1, across])
  if (scheme === 'tucker')
    return plain([first, inputs, ...points], [second, first, ...kernel], [outputs, second, ...points])
  if (layer.kind === 'conv') return plain([first, inputs, ...kernel], [outputs, first, ...points])
  if (layer.kind === 'convTranspose')
    return [...plain([first, inputs, ...points]), { shape: [first, outputs, ...kernel], isTransposed: true }]
  if (layer.channelAxis === 0) return plain([first, inputs], [outputs, first])
  return [
    { shape: [inputs, first], isTransposed: true },
    { shape: [first, outputs], isTransposed: true },
  ]
}

function toTensor(matrix: Float64Array, { shape, isTransposed }: Storage): Tensor {
  const floats = Float32Array.from(matrix, (each) => (Math.abs(each) < LEAST ? 0 : each))
  const inner = shape[0] ?? 1
  const stored = isTransposed ? transposed(floats, floats.length / inner, inner) : floats
  return Tensor.from('float32', shape, stored)
}
