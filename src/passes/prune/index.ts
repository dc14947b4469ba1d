import { pruneChannels } from './channels'

export type { ChannelBudget, ChannelScore, ChannelsOptions } from './channels'

/** Passes that leave weights out. */
export const prune = { channels: pruneChannels }
