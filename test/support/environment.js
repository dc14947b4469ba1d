// onnxruntime-node and the addon check `instanceof` against the host's typed arrays, while jest gives each test file
// a realm of its own. Handing the host's constructors to the sandbox makes both sides speak of the same classes.
const { TestEnvironment } = require('jest-environment-node')

const SHARED = [
  ArrayBuffer,
  SharedArrayBuffer,
  DataView,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
]

module.exports = class HostArraysEnvironment extends TestEnvironment {
  async setup() {
    await super.setup()
    for (const shared of SHARED) this.global[shared.name] = shared
  }
}
