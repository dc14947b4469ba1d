/**
 * `prune.block`: blocks of R outputs by C input channels become zero as a whole, the shapes that processors skip fast: R
 * outputs share one input (4×1, 8×1, 16×1 …), and with C = 4 one 32-bit group of 8-bit inputs (4×4, 8×4, 16×4, 32×4).
 * As with N:M, a block of a k×k convolution lies at one kernel position.
 */
import type { MatrixShape } from '../layer/weightMatrix'
import type { Pass } from '../pass'
import { depthwiseRefusal, transposedRefusal } from './maskMethod'
import { checkMaskOptions, checkRatio, checkSize, type MaskOptions } from './maskOptions'
import { maskPass } from './maskPass'

export interface BlockOptions extends MaskOptions {
  /** Outputs of a block, 1 to 65536. The last block of a layer may have fewer. */
  readonly rows: number
  /** Consecutive input channels of a block, 1 to 65536. */
  readonly columns: number
  /** Share of blocks that become zero, above 0 and below 1. */
  readonly ratio: number
}

const WHERE = 'prune.block'

/**
 * Sets blocks of weights to zero. With samples the weights that stay are solved for anew. Layers with fewer outputs than
 * a block, or whose input channels its columns do not divide, are skipped with the reason. onnxruntime gains neither
 * speed nor size from blocks alone.
 * @throws OnnxpressError `BAD_ARGUMENT` for options out of range; when applied also `BAD_SAMPLES` where the score needs
 * samples and none were given.
 */
export function pruneBlock(options: BlockOptions): Pass {
  const { rows, columns, ratio } = options ?? {}
  checkSize(rows, 'rows', WHERE)
  checkSize(columns, 'columns', WHERE)
  checkRatio(ratio, WHERE)
  checkMaskOptions(options, WHERE)
  return maskPass(options, {
    name: WHERE,
    pattern: `${+(100 * ratio).toFixed(2)}% in blocks of ${rows}×${columns}`,
    ratio,
    isGlobal: false,
    hasLayerRatios: true,
    patternOf: (share) => ({ kind: 'block', rows, columns, ratio: share }),
    refusal: (layer, shape) =>
      transposedRefusal(layer) ?? depthwiseRefusal(shape) ?? sizeRefusal(shape, rows, columns),
  })
}

function sizeRefusal(shape: MatrixShape, rows: number, columns: number): string | undefined {
  if (shape.rows < rows) return `its ${shape.rows} outputs are fewer than the ${rows} of a block`
  return shape.channels % columns === 0
    ? undefined
    : `its ${shape.channels} input channels are no multiple of ${columns}`
}
