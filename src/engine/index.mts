/** The engine's public face for ES modules: the very same objects. */
export * from './index.js'
