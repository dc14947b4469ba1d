/** The public face of onnxpress: everything else is free to change. */
export {
  type CompareLatency,
  type CompareOptions,
  Comparison,
  compare,
  type LevelParity,
} from './compare/compare'
export { type Compressed, type CompressOptions, compress } from './compress/compress'
export type { Evaluate } from './compress/evaluate'
export { type UpgradeOpsetOptions, upgradeOpset } from './compress/upgradePass'
export type { ProgressEvent, WatchOptions } from './compress/watch'
export { Diagnosis, doctor, type Found } from './doctor'
export { type ErrorCode, type ErrorPlace, OnnxpressError } from './errors'
export {
  type DataTypeFacts,
  Inspection,
  type InspectOptions,
  inspect,
  type LayerFacts,
  type PortFacts,
} from './inspect/inspect'
export {
  type Attribute,
  attribute,
  type DataType,
  type Dimension,
  Graph,
  Node,
  Tensor,
  type TensorType,
  tensorType,
  Value,
  type ValueType,
} from './ir'
export { Model } from './model'
export type { DecodeOptions, Limits, SaveOptions } from './onnx'
export { packageVersion } from './packageVersion'
export type { AccuracyOptions } from './passes/accuracy/accuracyOptions'
export { type StoreFloat16Options, storeFloat16, toFloat32 } from './passes/float32'
export type { Keep } from './passes/keep'
export {
  type LowRankAdvanced,
  type LowRankOptions,
  lowRank,
  type RankBudget,
  type SchemeKind,
} from './passes/lowRank'
export type { Measurement, Pass, PassContext, PassResult, PassRuntime, Skip } from './passes/pass'
export {
  type BlockOptions,
  type ChannelBudget,
  type ChannelScore,
  type ChannelsOptions,
  type LayerFacts as PrunableLayer,
  type LayerRatios,
  type MaskAdvanced,
  type MaskOptions,
  type MaskScore,
  type NOfMOptions,
  prune,
  type UnstructuredOptions,
} from './passes/prune'
export {
  type DynamicOptions,
  type EqualizeOptions,
  quantize,
  type StaticOptions,
  type WeightsOptions,
} from './passes/quantize'
export { type SimplifyOptions, simplify } from './passes/simplify'
export { type LoadedRecipe, loadRecipe } from './recipe/loadRecipe'
export { parsePattern } from './recipe/parsePattern'
export { printable } from './report/printable'
export { Report } from './report/report'
export type {
  Execution,
  Latency,
  LayerExecution,
  ModelFacts,
  PassReport,
  Quality,
  ReportData,
} from './report/reportData'
export {
  Sensitivity,
  type SensitivityCurve,
  type SensitivityData,
  type SensitivityPoint,
} from './report/sensitivity'
export { closeRuntime, type Feeds, type FeedTensor, type Samples, Session } from './runtime'
export { type LoadedSamples, type LoadSamplesOptions, loadSamples } from './samples/loadSamples'
export type { Preprocess } from './samples/preprocess'
export { allocateRatios, type PassFactory, type SensitivityOptions, sensitivity } from './search'
