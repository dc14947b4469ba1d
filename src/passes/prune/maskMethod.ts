/** What tells one mask pass from another. */

import type { SparsityPattern } from '../../native'
import type { Layer } from '../layer/layer'
import type { MatrixShape } from '../layer/weightMatrix'

export interface MaskMethod {
  /** The pass's name. */
  readonly name: string
  /** The pattern in words, for the report. */
  readonly pattern: string
  /** Share of weights that become zero, over all layers. */
  readonly ratio: number
  /** Whether one threshold over all layers decides how much each loses. */
  readonly isGlobal: boolean
  /** Whether a layer's share may differ from that of others. */
  readonly hasLayerRatios: boolean
  /** The pattern of a layer that is to lose that share. */
  patternOf(ratio: number): SparsityPattern
  /** Why a layer cannot have the pattern; undefined when it can. */
  refusal(layer: Layer, shape: MatrixShape): string | undefined
}

/** Why nothing can be chosen among a layer's input channels; undefined when there are several. */
export function depthwiseRefusal({ groups, channels }: MatrixShape): string | undefined {
  return groups > 1 && channels === 1
    ? 'it is depthwise: each output has one input channel, so there is no pattern along channels'
    : undefined
}

/** Why a transposed convolution has no pattern; undefined for other layers. */
export function transposedRefusal({ kind }: Layer): string | undefined {
  return kind === 'convTranspose'
    ? 'it is a transposed convolution, which no engine runs in patterns'
    : undefined
}
