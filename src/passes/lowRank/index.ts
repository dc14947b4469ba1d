export { lowRank } from './lowRank'
export type { LowRankAdvanced, LowRankOptions, RankBudget } from './options'
export type { SchemeKind } from './scheme'
