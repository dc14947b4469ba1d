// One layer, half of it pruned: node jobs/solve.mjs <json options>; the last line it prints is what it has to say. Leaves
// `mask.u8` and, solved for that mask alone, `solution.f32`; `searched.f32` is what searching and solving together make.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { pruneWeights } from '../../dist/native/index.js'

const { folder, rows, columns, ratio, damping } = JSON.parse(process.argv[2])

async function read(name, type) {
  const bytes = await readFile(join(folder, name))
  return new type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}

const write = (name, { buffer, byteOffset, byteLength }) =>
  writeFile(join(folder, name), new Uint8Array(buffer, byteOffset, byteLength))

async function timed(work) {
  const start = performance.now()
  return { result: await work(), seconds: (performance.now() - start) / 1000 }
}

const layer = {
  weights: await read('weights.f32', Float32Array),
  gram: await read('gram.f64', Float64Array),
  rows,
  columns,
  damping,
}
const searched = await timed(() => pruneWeights({ ...layer, pattern: { kind: 'unstructured', ratio } }))
const { mask } = searched.result
const solved = await timed(() => pruneWeights({ ...layer, mask }))
await write('mask.u8', mask)
await write('searched.f32', searched.result.weights)
await write('solution.f32', solved.result.weights)
console.log(
  JSON.stringify({
    seconds: solved.seconds,
    searchSeconds: searched.seconds,
    damping: Math.max(searched.result.damping, solved.result.damping),
  }),
)
