/** Typed functions over the native addon: one file a family of kernels. */
export type { ChannelLayout } from './arguments'
export { centeredGram, type GramSums } from './centeredGram'
export { channelSums } from './channelSums'
export { type CholeskyResult, cholesky, solveTriangular } from './cholesky'
export { fromFloat32, type HalfType, toFloat32, toFloat32Into } from './convert'
export { type CpuInfo, cpu, type KernelInfo, kernels } from './doctor'
export {
  type EngineConstant,
  type EngineProgram,
  type EngineSession,
  engineConstant,
  engineConstantNow,
  engineIsShort,
  engineProgram,
  engineRawConstant,
  engineRelease,
  engineRun,
  engineRunNow,
  engineSession,
  type ProgramDescription,
  type ProgramStep,
  type ProgramValue,
} from './engine'
export { type ErrorSums, errorSums, quantizationError } from './errorSums'
export { type BlockGrid, filledBlocks } from './filledBlocks'
export { type GramTotals, gramAccumulate, outputSize, type PatchGeometry } from './gram'
export { gramNorms } from './gramNorms'
export { histogram } from './histogram'
export { type LeastSquaresProblem, type LeastSquaresResult, leastSquares } from './leastSquares'
export { matrixProduct } from './matrixProduct'
export { type ChannelRanges, type MinMax, minMax, minMaxPerChannel } from './minMax'
export { type PruningProblem, type PruningResult, pruneWeights } from './pruneWeights'
export { type DequantizeParams, dequantize, type QuantizeParams, quantize } from './quantize'
export { type RoundingProblem, type RoundingResult, roundWeights } from './roundWeights'
export type { QuantizedType, ScaleParams } from './scales'
export { freeScratch, takeScratch } from './scratch'
export { selectMask } from './selectMask'
export type { SparsityPattern } from './sparsity'
export { type SvdOptions, type SvdResult, singularValues, svd } from './svd'
