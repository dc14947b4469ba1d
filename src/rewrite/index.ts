export * from './edit'
export * from './pattern'
export * from './rewriter'
export * from './rule'
