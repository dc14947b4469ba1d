export * from './constants'
export * from './cost'
export * from './sizes'
export * from './types'
