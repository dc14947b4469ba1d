/** Operators that the engine computes by several others. */
import type { Rule } from '../../rewrite'
import { fusedExpansions } from './fused'
import { quantizedExpansions } from './quantized'

export const expansions: readonly Rule[] = [...quantizedExpansions, ...fusedExpansions]
