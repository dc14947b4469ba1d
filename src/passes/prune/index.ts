import { pruneBlock } from './block'
import { pruneNOfM } from './nOfM'
import { pruneUnstructured } from './unstructured'

export type { BlockOptions } from './block'
export type { LayerFacts, LayerRatios, MaskAdvanced, MaskOptions, MaskScore } from './maskOptions'
export type { NOfMOptions } from './nOfM'
export type { UnstructuredOptions } from './unstructured'

/** Passes that make models sparse. */
export const prune = {
  unstructured: pruneUnstructured,
  nOfM: pruneNOfM,
  block: pruneBlock,
}
