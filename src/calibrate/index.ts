export { centeredGram } from '../native'
export { type CollectOptions, collect } from './collect'
export { type CollectGramsOptions, collectGrams } from './collectGrams'
export type {
  ChannelGramRequest,
  ConvGramRequest,
  GramMatrix,
  GramRequest,
  MatMulGramRequest,
  SkippedGram,
} from './gramRequest'
export { GramStore } from './gramStore'
export {
  type Closeness,
  type OutputParity,
  type Parity,
  type ParityOptions,
  parity,
  recordOutputs,
} from './parity'
export {
  type SequentialGram,
  type SequentialGramsOptions,
  sequentialGrams,
} from './sequence/sequentialGrams'
export type {
  Range,
  RangeMethod,
  RangeOptions,
  StatisticRequest,
  Statistics,
  ValueStatistics,
} from './statistics'
export { StatisticsSet } from './statisticsSet'
export { type SyntheticOptions, syntheticSamples } from './synthetic'
