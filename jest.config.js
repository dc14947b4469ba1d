// Tests open onnxruntime in their own processes too; it is not to report usage or leave logs behind.
process.env.ORT_DISABLE_TELEMETRY = '1'

module.exports = {
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testEnvironment: '<rootDir>/test/support/environment.js',
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  moduleFileExtensions: ['ts', 'js', 'json', 'node'],
  testTimeout: 180000, // ends what hangs; a busy machine takes its time
  // Test files wait for child processes often enough that a core kept free for jest itself would stay idle.
  maxWorkers: '100%',
}
