// Memory of sessions of the engine and of onnxruntime, each in a process of its own:
// node bench/engineMemory.mjs [--only titles]

import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { allowedMemory } from './engine/allowedMemory.mjs'
import { benchModels } from './engine/models.mjs'
import { machine, writeResults } from './measure/results.mjs'

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })
const job = fileURLToPath(new URL('jobs/sessionMemory.mjs', import.meta.url))

/** What V8 keeps for new objects of any kind stays as it is, however many there are. */
const FLAGS = ['--expose-gc', '--min-semi-space-size=1', '--max-semi-space-size=1']

function measured(contender, title, type) {
  const output = execFileSync(process.execPath, [...FLAGS, job, contender, title, type], { encoding: 'utf8' })
  return JSON.parse(output.trim().split('\n').at(-1))
}

const rows = []
for (const { title, files, feeds } of await benchModels(/./)) {
  if (!new RegExp(values.only).test(title)) continue
  for (const [type, path] of Object.entries(files)) {
    process.stderr.write(`${title}, ${type}\n`)
    const [engine, onnxruntime] = ['engine', 'onnxruntime'].map((each) => measured(each, title, type))
    const allowed = (await allowedMemory(path, feeds)) / 2 ** 20
    rows.push({ title, type, file: statSync(path).size / 2 ** 20, allowed, engine, onnxruntime })
  }
}

const shown = ({ held, peak, left }) => [held, peak, left].map((number) => number.toFixed(1)).join(' / ')
console.table(
  rows.map(({ title, type, file, allowed, engine, onnxruntime }) => ({
    model: title,
    type,
    'file MB': file.toFixed(1),
    allowed: allowed.toFixed(1),
    'engine: held / peak / left': shown(engine),
    'onnxruntime: held / peak / left': shown(onnxruntime),
  })),
)
console.log(await writeResults('engineMemory', { machine: machine(), rows }))
