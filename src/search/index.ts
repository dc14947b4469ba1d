export { allocateRatios } from './allocateRatios'
export { type PassFactory, type SensitivityOptions, sensitivity } from './sensitivity'
