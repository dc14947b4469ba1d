/** The public face for ES modules: the very same objects, so that both ways of importing may be mixed. */
export * from './index.js'
