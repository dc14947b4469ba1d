/** Other kernels for linear layers, by how many rows they have: those that leave zeros out. */
import type { Tensor } from '../../ir'
import { type Blocks, blockCandidates, integerBlockSizes } from './alternatives'
import type { Alternative } from './step'
import { blockDensity } from './zeros'

/** A product of `rows` rows by constant weights. */
export interface LinearLayer {
  readonly tensor: Tensor
  readonly rows: number
  readonly outputs: number
  readonly inputs: number
  /** Whether the tensor is [outputs, inputs]; else it is [inputs, outputs]. */
  readonly isTransposed: boolean
}

/** With fewer rows, vectors of rows are mostly empty. */
const FEWEST_ROWS = 8

const FLOAT_BLOCKS: readonly Blocks[] = [8, 4, 1].map((rows) => ({ rows, columns: 1 }))

/** How far elements are apart from output to output, and from input to input. */
function stepsOf({ outputs, inputs, isTransposed }: LinearLayer): [outer: number, inner: number] {
  return isTransposed ? [inputs, 1] : [1, outputs]
}

function densityIn({ tensor, outputs, inputs, isTransposed }: LinearLayer) {
  return (rows: number, columns: number) =>
    isTransposed
      ? blockDensity(tensor, { outputs, inputs, taps: 1 }, rows, columns)
      : blockDensity(tensor, { outputs: inputs, inputs: outputs, taps: 1 }, columns, rows)
}

/** Of float weights. */
export function floatLinear(layer: LinearLayer): Alternative[] {
  const { tensor, rows, outputs, inputs } = layer
  if (rows < FEWEST_ROWS) return []
  return blockCandidates(tensor, densityIn(layer), FLOAT_BLOCKS, (block) => ({
    kernel: 'blocklinear',
    weights: {
      tensor,
      form: 'blockgemm',
      parameters: [1, outputs, inputs, ...stepsOf(layer), 0, block],
    },
  }))
}

/** Of int8 weights. `variant`: what becomes of the sums, `rows`, `f32` or `dynamic`. */
export function integerLinear(layer: LinearLayer, variant: string): Alternative[] {
  const { tensor, rows, outputs, inputs } = layer
  if (rows < FEWEST_ROWS) return []
  return blockCandidates(tensor, densityIn(layer), integerBlockSizes(), (block) => ({
    kernel: `qblocklinear.${variant}`,
    weights: {
      tensor,
      form: 'qblockgemm',
      parameters: [1, outputs, inputs, 1, ...stepsOf(layer), 0, block],
    },
  }))
}
