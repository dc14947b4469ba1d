/** How many of a weight's blocks are not all zero: what a kernel that leaves the others out has to do. */
import type { Tensor } from '../../ir'
import { type BlockGrid, filledBlocks } from '../../native'
import { Latest } from '../plan/latest'
import { bandsOf, type Elements, partsOf } from './samples'

/** Weights of a convolution, [outputs, inputs, taps]. */
export interface WeightLayout {
  readonly outputs: number
  readonly inputs: number
  readonly taps: number
}

const known = new WeakMap<Tensor, Map<string, number>>()
const sampled = new Latest<Tensor, number>()

/**
 * Share of the blocks of `rows` outputs by `columns` inputs, at one tap, that hold something; ragged blocks at the ends
 * count as whole ones. Of large tensors, in some bands of outputs.
 */
export function blockDensity(tensor: Tensor, layout: WeightLayout, rows: number, columns: number): number {
  const found = known.get(tensor) ?? new Map<string, number>()
  known.set(tensor, found)
  const key = `${rows}x${columns}`
  const density = found.get(key) ?? densityOf(bandsOf(tensor, layout.outputs), { ...layout, rows, columns })
  found.set(key, density)
  return density
}

function densityOf(elements: Elements, { inputs, taps, rows, columns }: BlockGrid): number {
  const outputs = elements.length / (inputs * taps)
  const blocks = Math.ceil(outputs / rows) * Math.ceil(inputs / columns) * taps
  return filledBlocks(elements, { outputs, inputs, taps, rows, columns }) / blocks
}

/** Whether at least `share` of the elements in parts all over the tensor are zero. Reads no more than these where it can. */
export function hasZeros(tensor: Tensor, share: number): boolean {
  return sampled.get(tensor, [], () => zerosOfParts(tensor)) >= share
}

/** The share of zeros in these parts; all where there are none. */
function zerosOfParts(tensor: Tensor): number {
  const parts = partsOf(tensor)
  if (!parts) return 1
  const { length } = parts
  return 1 - filledBlocks(parts, { outputs: 1, inputs: length, taps: 1, rows: 1, columns: 1 }) / length
}
