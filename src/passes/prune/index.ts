import { pruneBlock } from './block'
import { pruneChannels } from './channels'
import { pruneNOfM } from './nOfM'
import { pruneUnstructured } from './unstructured'

export type { BlockOptions } from './block'
export type { ChannelBudget, ChannelScore, ChannelsOptions } from './channels'
export type { LayerFacts, LayerRatios, MaskAdvanced, MaskOptions, MaskScore } from './maskOptions'
export type { NOfMOptions } from './nOfM'
export type { UnstructuredOptions } from './unstructured'

/** Passes that leave weights out: whole channels, or zeros in a pattern. */
export const prune = {
  channels: pruneChannels,
  unstructured: pruneUnstructured,
  nOfM: pruneNOfM,
  block: pruneBlock,
}
