// onnxpress beside onnxruntime's Python quantizer: node bench/quantize.mjs [--only names] [--repeats n]
// Each job runs in a process of its own and is measured from outside; see README.md for what each row means.

import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findPython } from './measure/findPython.mjs'
import { medians } from './measure/median.mjs'
import { machine, printRows, writeResults } from './measure/results.mjs'
import { runJob } from './measure/runJob.mjs'
import { megabytes, times } from './measure/units.mjs'
import { modelFile } from './models/modelFile.mjs'
import { pictureFolder } from './samples.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const work = join(here, '.work')
const IMAGES = 64
const FEW_IMAGES = 16
const OPENINGS = 5
const LATENCY_TURNS = 30
const OURS = 'onnxpress'
const THEIRS = 'onnxruntime.quantization'

/** @typedef {{ repeats: number, python: ReturnType<typeof findPython> }} Setting */
/** @typedef {{ tool: string, command?: string[], note?: (measured: object) => string }} Contender */

const node = (script, job, options) => [
  process.execPath,
  join(here, 'jobs', script),
  job,
  JSON.stringify(options),
]

const onnxpress = (job, options) => node('onnxpress.mjs', job, options)

/** The command of a Python peer; undefined without Python. */
const peer = (python, job, options) =>
  python && [python.command, join(here, 'peers', 'onnxruntime_quantize.py'), job, JSON.stringify(options)]

const fileOf = (name) => join(work, `${name}.onnx`)

/**
 * Runs contenders for one job, turn by turn so that a busy hour falls on all alike.
 * @param {string} job
 * @param {Contender[]} contenders
 * @param {Setting} setting
 */
async function race(job, contenders, { repeats }) {
  const runs = contenders.map(() => [])
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const [at, { tool, command }] of contenders.entries()) {
      if (!command) continue
      process.stderr.write(`${job}: ${tool} (${repeat + 1} of ${repeats})\n`)
      runs[at].push(await runJob(command))
    }
  }
  return contenders.map(({ tool, note }, at) => {
    const measured = runs[at].length > 0 ? medians(runs[at]) : undefined
    return { job, tool, measured, runs: runs[at], note: measured ? note?.(measured) : undefined }
  })
}

const size = ({ bytes }) => `${megabytes(bytes)} written`

const METHODS = { minMax: 'MinMax', entropy: 'Entropy' }

/** Static int8 of ResNet-50 by one range method, the same images for both. */
async function staticRows(range, limit, setting) {
  const shared = { model: await modelFile('resnet50'), samples: await pictureFolder(IMAGES), limit }
  const ours = { ...shared, range, accuracy: false, verify: false, result: fileOf(`resnet50.ours.${range}`) }
  const theirs = { ...shared, method: METHODS[range], result: fileOf(`resnet50.theirs.${range}`) }
  const contenders = [
    { tool: OURS, command: onnxpress('static', ours), note: size },
    { tool: THEIRS, command: peer(setting.python, 'static', theirs), note: size },
  ]
  return race(`ResNet-50 ${range}, ${limit} images`, contenders, setting)
}

/** What becomes of the shared biases when the peer's pre-processing, which is optional, is left out. */
async function unpreparedRows(setting) {
  const shared = {
    model: await modelFile('resnet50'),
    samples: await pictureFolder(IMAGES),
    limit: FEW_IMAGES,
  }
  const options = {
    ...shared,
    method: 'MinMax',
    preProcess: false,
    result: fileOf('resnet50.theirs.unprepared'),
  }
  const contenders = [{ tool: THEIRS, command: peer(setting.python, 'static', options), note: size }]
  return race(`ResNet-50 minMax without quant_pre_process, ${FEW_IMAGES} images`, contenders, setting)
}

/** The one command of the README: with accuracy control and the result held against the original. */
async function fullRows(setting) {
  const [model, samples] = [await modelFile('resnet50'), await pictureFolder(IMAGES)]
  const options = { model, samples, limit: IMAGES, verify: true, result: fileOf('resnet50.ours.default') }
  const contenders = [{ tool: OURS, command: onnxpress('static', options), note: size }]
  return race(`ResNet-50 defaults: accuracy control and proof, ${IMAGES} images`, contenders, setting)
}

async function dynamicRows(setting) {
  const model = await modelFile('bertBase')
  const ours = (clean) => onnxpress('dynamic', { model, clean, result: fileOf('bert.ours') })
  const theirs = (perChannel) =>
    peer(setting.python, 'dynamic', { model, perChannel, result: fileOf('bert.theirs') })
  const contenders = [
    { tool: OURS, command: ours(false), note: size },
    { tool: `${THEIRS}, per channel`, command: theirs(true), note: size },
    { tool: `${THEIRS}, its default`, command: theirs(false), note: size },
    { tool: `${OURS}, graph cleaned before`, command: ours(true), note: size },
  ]
  return race('BERT-base dynamic int8', contenders, setting)
}

async function openRows(setting) {
  const options = { model: await modelFile('bertBase'), repeats: OPENINGS }
  const contenders = [
    { tool: OURS, command: onnxpress('open', options) },
    { tool: 'onnx.load', command: peer(setting.python, 'open', options) },
  ]
  return race(`open 438 MB, median of ${OPENINGS}`, contenders, setting)
}

async function largeRows(setting) {
  const result = fileOf('large.ours')
  const model = await modelFile('largeExternal')
  const contenders = [{ tool: OURS, command: onnxpress('dynamic', { model, result }), note: size }]
  const rows = await race('3 GB with external data, dynamic int8', contenders, setting)
  const { finite, shape } = await runJob(node('runtime.mjs', 'runEncoder', { model: result }))
  rows[0].note += `; runs in onnxruntime: [${shape}], ${finite ? 'finite' : 'NOT FINITE'}`
  return rows
}

/** What runs in int8 and how fast, of the files that the static rows have left. */
async function latencyRows() {
  const results = [
    { tool: 'original', model: await modelFile('resnet50') },
    { tool: `${OURS}, minMax`, model: fileOf('resnet50.ours.minMax') },
    { tool: `${OURS}, entropy`, model: fileOf('resnet50.ours.entropy') },
    { tool: `${THEIRS}, minMax`, model: fileOf('resnet50.theirs.minMax') },
    { tool: `${THEIRS}, entropy`, model: fileOf('resnet50.theirs.entropy') },
    { tool: `${THEIRS}, not pre-processed`, model: fileOf('resnet50.theirs.unprepared') },
  ].filter(({ model }) => existsSync(model))
  const models = results.map(({ model }) => model)
  const measured = await runJob(node('runtime.mjs', 'sideBySide', { models, turns: LATENCY_TURNS }))
  return measured.results.map((result, at) => ({ ...results[at], ...result }))
}

function printLatencies(rows) {
  console.table(
    rows.map(({ tool, milliseconds, ratio, convolutions }) => ({
      'ResNet-50, one thread': tool,
      'convolutions in int8': `${convolutions.int8} of ${convolutions.int8 + convolutions.float}`,
      'ms a picture': milliseconds.toFixed(1),
      'of its time': ratio.toFixed(2),
    })),
  )
}

/** The first contender against each other one of its job. */
function printRatios(rows) {
  for (const row of rows) {
    const ours = rows.find(({ job }) => job === row.job)
    if (row === ours || !row.measured) continue
    const ratio = (name) => times(row.measured[name] / ours.measured[name])
    console.log(
      `${row.job}: ${row.tool} takes ${ratio('seconds')} the time (${ratio('cpuSeconds')} the processor time) and ${ratio('peakBytes')} the memory of ${ours.tool}`,
    )
  }
}

const sections = {
  open: openRows,
  dynamic: dynamicRows,
  minMax: (setting) => staticRows('minMax', IMAGES, setting),
  unprepared: unpreparedRows,
  flat: (setting) => staticRows('entropy', FEW_IMAGES, setting),
  entropy: (setting) => staticRows('entropy', IMAGES, setting),
  full: fullRows,
  large: largeRows,
}

const usage = `node bench/quantize.mjs [options]
  --only a,b     some of ${Object.keys(sections).join(', ')}, latency (all; latency takes what the static
                 rows have left)
  --repeats n    runs of each job, of which medians are shown (3)`

function readArguments() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      repeats: { type: 'string', default: '3' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const only = values.only?.split(',') ?? [...Object.keys(sections), 'latency']
  const unknown = only.find((name) => name !== 'latency' && !Object.hasOwn(sections, name))
  return {
    only,
    repeats: Number(values.repeats),
    isWrong: unknown !== undefined || !(Number(values.repeats) >= 1),
    ...(values.help && { help: true }),
  }
}

async function main() {
  const { only, repeats, help, isWrong } = readArguments()
  if (help || isWrong) {
    console.log(usage)
    process.exitCode = help ? 0 : 2
    return
  }
  await mkdir(work, { recursive: true })
  const python = findPython()
  const setting = { repeats, python }
  const about = machine(python)
  const rows = []
  for (const name of Object.keys(sections))
    if (only.includes(name)) rows.push(...(await sections[name](setting)))
  const latencies = only.includes('latency') ? await latencyRows() : []
  if (rows.length > 0) printRows(rows)
  printRatios(rows)
  if (latencies.length > 0) printLatencies(latencies)
  console.log(`results in ${await writeResults('quantize', { machine: about, repeats, rows, latencies })}`)
}

await main()
