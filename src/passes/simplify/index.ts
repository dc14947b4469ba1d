export { opHistogram } from './budget'
export { type SimplifyOptions, simplify } from './simplify'
