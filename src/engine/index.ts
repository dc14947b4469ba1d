/** The engine's public face: `onnxpress/engine`. */
export { type ExplainedStep, Explanation } from './explain'
export type { EngineOptions } from './options'
export { InferenceSession } from './session'
export type { ModelSource } from './source'
export { EngineTensor } from './tensor'
