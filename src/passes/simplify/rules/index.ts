import type { Rule } from '../../../rewrite'
import { affineAfterLayer } from './affineAfterLayer'
import { affineBeforeLayer } from './affineBeforeLayer'
import { castOfSizes } from './castOfSizes'
import { constantNode } from './constantNode'
import { gelu } from './gelu'
import { globalAveragePool } from './globalAveragePool'
import { hardSigmoid } from './hardSigmoid'
import { hardSwish } from './hardSwish'
import { inlineIf } from './inlineIf'
import { layerNormalization } from './layerNormalization'
import { matMulAddToGemm } from './matMulAddToGemm'
import { mergeCasts } from './mergeCasts'
import { mergeReshapes } from './mergeReshapes'
import { mergeScalars } from './mergeScalars'
import { mergeTransposes } from './mergeTransposes'
import { neutralConstant } from './neutralConstant'
import { noOperation } from './noOperation'
import { padBeforeConv } from './padBeforeConv'
import { reshapedConstant } from './reshapedConstant'
import { reshapeTarget } from './reshapeTarget'
import { rowConv } from './rowConv'
import { staticSizes } from './staticSizes'

/** What must come first, before types are inferred: everything else looks for initializers. */
export const constantRules: readonly Rule[] = [constantNode, inlineIf]

/** What removes clutter and finds operations that were spelled out; they see a graph before constants move in it. */
export const recognizers: readonly Rule[] = [
  ...constantRules,
  noOperation,
  neutralConstant,
  mergeCasts,
  castOfSizes,
  mergeTransposes,
  mergeReshapes,
  reshapedConstant,
  staticSizes,
  reshapeTarget,
  hardSigmoid,
  hardSwish,
  gelu,
  layerNormalization,
  globalAveragePool,
  rowConv,
]

/** What moves constants into their neighbors. */
export const fusions: readonly Rule[] = [
  affineAfterLayer,
  affineBeforeLayer,
  mergeScalars,
  matMulAddToGemm,
  padBeforeConv,
]

/** Rules that need neither types nor new constants, and so work in the bodies of functions too. */
export const functionRules: readonly Rule[] = [noOperation, mergeTransposes]
