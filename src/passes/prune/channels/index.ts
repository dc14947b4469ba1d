export { pruneChannels } from './channels'
export type { ChannelBudget, ChannelScore, ChannelsOptions } from './options'
