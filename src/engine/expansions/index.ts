/** Operators that the engine computes by several others. */
import type { Rule } from '../../rewrite'
import { attentionExpansions } from './attention'
import { einsumExpansions } from './einsum'
import { fusedExpansions } from './fused'
import { integerProductExpansions } from './integerProducts'
import { quantizedExpansions } from './quantized'
import { standardExpansions } from './standard'
import { stftExpansions } from './stft'

export const expansions: readonly Rule[] = [
  ...quantizedExpansions,
  ...integerProductExpansions,
  ...fusedExpansions,
  ...attentionExpansions,
  ...standardExpansions,
  ...einsumExpansions,
  ...stftExpansions,
]
