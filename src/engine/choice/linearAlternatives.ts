/** Other kernels for linear layers, by how many rows they have: those that leave zeros out, and those for a few rows. */

import type { Alternative } from '../plan/step'
import type { WeightSource } from '../plan/weights'
import { type Blocks, blockCandidates, integerBlockSizes } from './alternatives'
import { processor, takesPairs } from './processor'
import { blockDensity } from './zeros'

/** A product of `rows` rows by constant weights. */
export interface LinearLayer {
  /** As the dense kernel takes them. */
  readonly dense: WeightSource
  readonly rows: number
  readonly outputs: number
  readonly inputs: number
  /** Whether the tensor is [outputs, inputs]; else it is [inputs, outputs]. */
  readonly isTransposed: boolean
}

/** With fewer rows, vectors of rows are mostly empty. */
const FEWEST_ROWS = 8

/** Rows for which a weight is used as soon as it is read (cpp/gemv/parts.h). */
export const MOST_GEMV_ROWS = 4

/** The form of int8 weights that the dense kernel for so many rows takes. */
export function integerForm(rows: number): string {
  return rows > MOST_GEMV_ROWS && takesPairs() ? 'qpairs' : 'qgemm.right'
}

const FLOAT_BLOCKS: readonly Blocks[] = [8, 4, 1].map((rows) => ({ rows, columns: 1 }))

/** How far elements are apart from output to output, and from input to input. */
function stepsOf({ outputs, inputs, isTransposed }: LinearLayer): [outer: number, inner: number] {
  return isTransposed ? [inputs, 1] : [1, outputs]
}

function densityIn({ dense: { tensor }, outputs, inputs, isTransposed }: LinearLayer) {
  return (rows: number, columns: number) =>
    isTransposed
      ? blockDensity(tensor, { outputs, inputs, taps: 1 }, rows, columns)
      : blockDensity(tensor, { outputs: inputs, inputs: outputs, taps: 1 }, columns, rows)
}

function candidates(
  layer: LinearLayer,
  blocks: readonly Blocks[],
  kernel: string,
  source: Packing,
): Alternative[] {
  const { tensor } = layer.dense
  return blockCandidates(tensor, densityIn(layer), blocks, (block) => ({
    kernel,
    weights: {
      tensor,
      form: source.form,
      parameters: [...source.parameters, ...(source.isSized ? [block] : [])],
    },
  }))
}

interface Packing {
  readonly form: string
  readonly parameters: readonly number[]
  /** Whether the last parameter is how many outputs a block has. */
  readonly isSized?: boolean
}

/** The dense kernel for a few rows, blocks of 16 outputs, and a bitmap of what is not zero. */
function forFewRows(
  layer: LinearLayer,
  kernel: string,
  columns: number,
  parameters: readonly number[],
): Alternative[] {
  const form = kernel.replace(/\..*/, '')
  const hasBitmap = processor().available.includes(form === 'gemv' ? 'avx512' : 'avx512vbmi2')
  const bitmaps = hasBitmap
    ? candidates(layer, [{ rows: 1, columns: 1 }], kernel, { form: `${form}.bitmap`, parameters })
    : []
  return [
    { kernel, weights: layer.dense, note: 'few rows' },
    ...candidates(layer, [{ rows: 16, columns }], kernel, { form: `${form}.blocks`, parameters }),
    ...bitmaps.map((each) => ({ ...each, note: each.note.replace('1x1 blocks', 'bitmap') })),
  ]
}

/** Of float weights. */
export function floatLinear(layer: LinearLayer): Alternative[] {
  const { rows, outputs, inputs } = layer
  const parameters = [1, outputs, inputs, ...stepsOf(layer), 0]
  if (rows <= MOST_GEMV_ROWS) return forFewRows(layer, 'gemv', 1, parameters)
  if (rows < FEWEST_ROWS) return []
  return candidates(layer, FLOAT_BLOCKS, 'blocklinear', { form: 'blockgemm', parameters, isSized: true })
}

/** Of int8 weights. `variant`: what becomes of the sums, `rows`, `f32`, `dynamic` or, of many rows, `activated`. */
export function integerLinear(layer: LinearLayer, variant: string): Alternative[] {
  const { rows, outputs, inputs } = layer
  const parameters = [1, outputs, inputs, 1, ...stepsOf(layer), 0]
  if (rows <= MOST_GEMV_ROWS) return forFewRows(layer, `qgemv.${variant}`, 4, parameters)
  if (rows < FEWEST_ROWS) return []
  const packing = { form: 'qblockgemm', parameters, isSized: true }
  return candidates(layer, integerBlockSizes(), `qblocklinear.${variant}`, packing)
}
