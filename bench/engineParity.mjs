// The engine's values beside onnxruntime's, step by step: node bench/engineParity.mjs [--only names] [--threads n]

import { parseArgs } from 'node:util'
import { doctor, Model } from '../dist/index.mjs'
import { isEightBits, isFloat, isWithin } from './engine/parity/difference.mjs'
import { parityModels } from './engine/parity/models.mjs'
import { stepParity } from './engine/parity/stepParity.mjs'
import { takenBranches } from './engine/parity/takenBranches.mjs'
import { machine, writeResults } from './measure/results.mjs'

const { values: options } = parseArgs({
  options: { only: { type: 'string', default: '.' }, threads: { type: 'string', default: '1' } },
})

/** Outputs of 8-bit models are not limited: a value that rounds the other way changes all that follows. */
const isBroken = (type) => (value) => !isWithin(value) && !(value.isOutput && type === 'int8')

async function measured({ title, type, path, feeds }) {
  process.stderr.write(`${title}, ${type}\n`)
  const model = await takenBranches(await Model.open(path), feeds)
  const found = await stepParity(model, feeds, Number(options.threads))
  const outputs = found.outputs.map((each) => ({ ...each, isOutput: true }))
  const all = [...outputs, ...found.atSteps, ...(found.values ?? [])]
  return { title, type, ...found, broken: all.filter(isBroken(type)) }
}

const largest = (values) => Math.max(...values.map(({ most }) => most))
const relative = (values) => (values.length > 0 ? largest(values).toExponential(1) : '')

function ofIntegers(values) {
  if (values.length === 0) return ''
  const sum = (field) => values.reduce((all, each) => all + each[field], 0)
  return `${largest(values)}, ${sum('differing')} of ${sum('elements')}`
}

/** How far 8-bit values and floats are off. */
function columns(title, values) {
  const integers = values.filter(({ type }) => isEightBits(type))
  const floats = values.filter(({ type }) => isFloat(type))
  return { [`${title}: 8 bits`]: ofIntegers(integers), [`${title}: floats`]: relative(floats) }
}

const rows = []
for (const { title, files, feeds } of await parityModels(new RegExp(options.only)))
  for (const [type, path] of Object.entries(files)) rows.push(await measured({ title, type, path, feeds }))

console.table(
  rows.map(({ title, type, declined, outputs, steps, alike, atSteps, values = atSteps, broken }) => ({
    model: title,
    type,
    steps: `${alike} of ${steps}`,
    ...columns('steps', atSteps),
    ...columns('values', values),
    outputs: relative(outputs.filter((each) => isFloat(each.type))),
    'left to onnxruntime': declined,
    within: broken.length === 0,
  })),
)
for (const { title, type, broken } of rows)
  for (const { name, most } of broken) console.error(`${title}, ${type}: ${name} is off by ${most}`)
const found = await doctor()
console.log(`Instruction set: ${found.cpu.found?.isa ?? ''}`)
console.log(await writeResults('engineParity', { machine: machine(), rows }))
process.exit(rows.some(({ broken }) => broken.length > 0) ? 1 : 0)
