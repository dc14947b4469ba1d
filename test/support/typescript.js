// Lets a child process of a test run TypeScript as jest does: `fork(script, { execArgv: ['-r', thisFile] })`.
const { transformFileSync } = require('@swc/core')

const OPTIONS = { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } }

require.extensions['.ts'] = (module, path) => {
  module._compile(transformFileSync(path, { ...OPTIONS, sourceMaps: 'inline' }).code, path)
}
