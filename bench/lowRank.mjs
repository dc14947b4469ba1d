// What is left of real models whose layers are written as smaller ones: node bench/lowRank.mjs [--only rec,det]
// Plain SVD beside onnxpress's own way, on held-out lines and pages of PP-OCRv4; then what the result costs to run.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { models } from '../examples/ocr/models.mjs'
import { heldOut, sampleFolder } from './measure/heldOut.mjs'
import { machine, writeResults } from './measure/results.mjs'
import { runJob } from './measure/runJob.mjs'
import { seconds } from './measure/units.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const work = join(here, '.work')

const untimed = (more = {}) => ({ timing: false, ...more })

/** The first is what others do: each weight by its own singular values, all layers alike. */
const HALF = [
  { by: 'plain SVD', scope: 'layer', advanced: untimed({ weighting: 'plain', schemes: ['pair'] }) },
  { by: 'plain SVD, all schemes', scope: 'layer', advanced: untimed({ weighting: 'plain' }) },
  { by: 'plain SVD, one budget', scope: 'global', advanced: untimed({ weighting: 'plain' }) },
  { by: 'outputs, all layers alike', scope: 'layer', advanced: untimed() },
  { by: 'outputs, one budget (the default)', scope: 'global', advanced: untimed() },
].map((row) => ({ ratio: 0.5, ...row }))

/** With layers timed: what is slower stays whole. */
const TIMED = [0.2, 0.3, 0.5].map((ratio) => ({ by: 'outputs, timed', ratio, budget: 'macs' }))

/** What the default must reach: its error relative to plain SVD's, at half of the weights. */
const LARGEST_SHARE = 0.75
const TURNS = 40

const percent = (ratio) => `${(100 * ratio).toFixed(2)}%`

const leaner = (options) =>
  runJob([process.execPath, join(here, 'jobs', 'leaner.mjs'), JSON.stringify(options)])

async function latencyOf(name, files) {
  const options = { models: [models[name], ...files], turns: TURNS, feed: name === 'rec' ? 'line' : 'page' }
  const command = [process.execPath, join(here, 'jobs', 'runtime.mjs'), 'sideBySide', JSON.stringify(options)]
  const { results } = await runJob(command)
  return results.slice(1).map(({ ratio }) => ratio)
}

async function modelRows(name) {
  const samples = await sampleFolder(name)
  const { charactersRight, holdAgainst } = await heldOut(name)
  const rows = [{ by: 'original', charactersRight }]
  const files = []
  for (const [at, { by, ...options }] of [...HALF, ...TIMED].entries()) {
    process.stderr.write(`${name}: ${by}, ${options.ratio}\n`)
    const result = join(work, `${name}.lowRank.${at}.onnx`)
    const measured = await leaner({ model: models[name], result, samples, pass: 'lowRank', options })
    rows.push({ ...measured, by, ...options, ...(await holdAgainst(result)) })
    files.push(result)
  }
  const latencies = await latencyOf(name, files)
  return rows.map((row, at) => (at === 0 ? row : { ...row, latency: latencies[at - 1] }))
}

function printModel(name, rows) {
  console.table(
    rows.map((row) => ({
      [name]: row.by,
      ...(row.error !== undefined && {
        'asked for': `${row.budget ?? 'parameters'} ${row.ratio}`,
        parameters: (row.parametersAfter / row.parameters).toFixed(3),
        MACs: row.macs ? (row.macsAfter / row.macs).toFixed(3) : '',
        layers: row.factorizedLayers,
        latency: row.latency.toFixed(3),
        error: row.error.toFixed(4),
        seconds: seconds(row.seconds),
      }),
      ...(row.charactersRight !== undefined && { 'characters right': percent(row.charactersRight) }),
    })),
  )
}

/** The least error by plain SVD, of whatever kind, is what the default is held against. */
function promiseOf(name, rows) {
  const errors = (test) => rows.flatMap(({ by, error }) => (error !== undefined && test(by) ? [error] : []))
  const plain = Math.min(...errors((by) => by.startsWith('plain')))
  const [own] = errors((by) => by.endsWith('(the default)'))
  return {
    promise: `${name}, half of the weights: error of plain SVD's`,
    found: (own / plain).toFixed(3),
    limit: LARGEST_SHARE,
    kept: own <= LARGEST_SHARE * plain,
  }
}

async function main() {
  const { values } = parseArgs({ options: { only: { type: 'string' } } })
  const only = values.only?.split(',') ?? ['rec', 'det']
  await mkdir(work, { recursive: true })
  const results = { machine: machine(), promises: [] }
  for (const name of only) {
    results[name] = await modelRows(name)
    printModel(name, results[name])
    results.promises.push(promiseOf(name, results[name]))
  }
  console.table(results.promises)
  console.log(`results in ${await writeResults('lowRank', results)}`)
}

await main()
