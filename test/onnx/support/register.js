// Lets a child process load the TypeScript sources: `node --require <this file> script.ts`.
const { transformFileSync } = require('@swc/core')

require.extensions['.ts'] = (module, path) => {
  const { code } = transformFileSync(path, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  })
  module._compile(code, path)
}
