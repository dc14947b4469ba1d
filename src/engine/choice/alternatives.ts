/** Other kernels for convolutions: those that leave zero blocks out, and minimal filtering. */
import type { Tensor } from '../../ir'
import type { Alternative } from '../plan/step'
import { processor } from './processor'
import { blockDensity, hasZeros, type WeightLayout } from './zeros'

/** With more blocks left than this, leaving the others out gains nothing anywhere. */
const MOST_BLOCKS = 0.75

/** Share of zeros below which parts of a tensor do not come from one that has few enough blocks. */
const FEWEST_ZEROS = (1 - MOST_BLOCKS) / 2

/** Smaller blocks load more for what they multiply: where hardly fewer are left, the larger ones are faster anyway. */
const WORTH_SMALLER = 0.95

export interface Blocks {
  readonly rows: number
  readonly columns: number
}

/** One of a tensor's blocks each, the largest first, where few enough of them hold something. `densityOf`: the share that does. */
export function blockCandidates(
  tensor: Tensor,
  densityOf: (rows: number, columns: number) => number,
  blocks: readonly Blocks[],
  alternative: (rows: number) => Pick<Alternative, 'kernel' | 'weights'>,
): Alternative[] {
  if (!hasZeros(tensor, FEWEST_ZEROS)) return []
  // Zeros by themselves are the least that any block asks for.
  if (densityOf(1, 1) > MOST_BLOCKS) return []
  let least = MOST_BLOCKS
  return blocks.flatMap(({ rows, columns }) => {
    const density = densityOf(rows, columns)
    if (density > least) return []
    least = density * WORTH_SMALLER
    const zeros = Math.round((1 - density) * 100)
    return [{ ...alternative(rows), density, note: `${rows}x${columns} blocks, ${zeros}% zero` }]
  })
}

function densityIn(tensor: Tensor, layout: WeightLayout) {
  return (rows: number, columns: number) => blockDensity(tensor, layout, rows, columns)
}

/** Of float weights [groups · outputs, depth]. */
export function floatBlocks(tensor: Tensor, layout: WeightLayout, groups: number): Alternative[] {
  const outputs = layout.outputs / groups
  const depth = layout.inputs * layout.taps
  const blocks = [8, 4, 1].map((rows) => ({ rows, columns: 1 }))
  return blockCandidates(tensor, densityIn(tensor, layout), blocks, (rows) => ({
    kernel: 'blockconv',
    weights: {
      tensor,
      form: 'blockgemm',
      parameters: [groups, outputs, depth, depth, 1, outputs * depth, rows],
    },
  }))
}

/** Fewer products than this a channel and output are over before their transforms pay. */
const FEWEST_CHANNELS = 16

/** Weights for tiles of 4 take four times their memory; with more than this they come from too far away. */
const MOST_BYTES = 1 << 22

/**
 * Minimal filtering of a 3 × 3 convolution without stride, by tiles of 4 outputs along an axis, or of 2 where weights are
 * many.
 */
export function filteredTiles(tensor: Tensor, { outputs, inputs }: WeightLayout): Alternative[] {
  if (Math.min(outputs, inputs) < FEWEST_CHANNELS) return []
  const tile = 36 * outputs * inputs * 4 <= MOST_BYTES ? 4 : 2
  const weights = { tensor, form: 'winograd', parameters: [tile, outputs, inputs] }
  return [{ kernel: 'winograd', weights, note: `tiles of ${tile}x${tile}` }]
}

/** Blocks of int8 weights that this processor has kernels for. */
export function integerBlockSizes(): Blocks[] {
  const tall = processor().available.includes('amx') ? [32] : []
  return [...tall, 8, 4].map((rows) => ({ rows, columns: 4 }))
}

/** Of int8 weights, by the kernel that the dense step has: `qconv.c4` or `qconv.f32`. */
export function integerBlocks(
  tensor: Tensor,
  layout: WeightLayout,
  groups: number,
  kernel: string,
): Alternative[] {
  const { inputs, taps } = layout
  const outputs = layout.outputs / groups
  const item = outputs * inputs * taps
  return blockCandidates(tensor, densityIn(tensor, layout), integerBlockSizes(), (rows) => ({
    kernel: kernel.replace('qconv', 'qblockconv'),
    weights: {
      tensor,
      form: 'qblockgemm',
      parameters: [groups, outputs, inputs, taps, inputs * taps, taps, item, rows],
    },
  }))
}
