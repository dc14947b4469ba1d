// What is left of real models: PP-OCRv4's recognizer, detector and angle classifier, original, by onnxruntime's documented
// static flow and by the one command of onnxpress: node bench/recognizer.mjs [--only rec,det,cls] [--limit lines]

import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { agree } from '../examples/ocr/agree.mjs'
import { measure } from '../examples/ocr/measure.mjs'
import { models } from '../examples/ocr/models.mjs'
import { openSession } from '../examples/ocr/recognize.mjs'
import { samplesOf } from '../examples/ocr/samples.mjs'
import { writeNpyFolder } from '../examples/ocr/toNpy.mjs'
import { findPython } from './measure/findPython.mjs'
import { machine, writeResults } from './measure/results.mjs'
import { runJob } from './measure/runJob.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const cli = join(here, '..', 'dist', 'cli', 'main.js')
const work = join(here, '.work')
const DECIMALS = 2
const LONGEST_MESSAGE = 100

/** The calibration samples of a model as a folder of `.npy`. */
async function sampleFolder(name) {
  const folder = join(here, '.samples', name)
  await writeNpyFolder(folder, samplesOf(name, 'calibration'))
  return folder
}

/** By the command line, with no options but the samples. */
function byOnnxpress(name, samples) {
  const result = join(work, `${name}.ours.onnx`)
  const args = [cli, 'compress', models[name], result, '--quantize', 'int8', '--samples', samples, '--json']
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 28 })
  return status === 0 ? { file: result } : { failure: lastLine(stderr) }
}

async function byPeer(python, name, { samples, perChannel }) {
  if (!python) return { failure: 'not installed' }
  const result = join(work, `${name}.theirs.${perChannel ? 'channel' : 'tensor'}.onnx`)
  const options = JSON.stringify({ model: models[name], result, samples, perChannel, method: 'MinMax' })
  try {
    await runJob([python.command, join(here, 'peers', 'onnxruntime_quantize.py'), 'static', options])
  } catch (error) {
    return { failure: lastLine(error.message) }
  }
  return (await opens(result)) ?? { file: result }
}

/** Why onnxruntime does not open a file; undefined where it does. */
async function opens(file) {
  try {
    await (await openSession(file, 1)).release()
    return undefined
  } catch (error) {
    return { failure: `onnxruntime refuses the result: ${error.message.slice(-LONGEST_MESSAGE)}` }
  }
}

const lastLine = (text) => text.trim().split('\n').at(-1).slice(0, LONGEST_MESSAGE)

/** All contenders' results of one model. */
async function quantizeBoth(name, python) {
  const samples = await sampleFolder(name)
  return [
    { tool: 'onnxpress', ...byOnnxpress(name, samples) },
    { tool: 'onnxruntime.quantization', ...(await byPeer(python, name, { samples, perChannel: false })) },
    {
      tool: 'onnxruntime.quantization, per channel',
      ...(await byPeer(python, name, { samples, perChannel: true })),
    },
  ]
}

const percent = (ratio) => `${(100 * ratio).toFixed(DECIMALS)}%`

const failures = (results) =>
  results.filter(({ failure }) => failure).map(({ tool, failure }) => ({ tool, failure }))

/** Accuracy on held-out lines, bytes and latency of the recognizer. */
async function recognizerRows(python, limit) {
  const results = await quantizeBoth('rec', python)
  const done = [{ tool: 'original', file: models.rec }, ...results.filter(({ file }) => file)]
  const measured = await measure(
    done.map(({ file }) => file),
    { limit },
  )
  const rows = measured.map(({ read: _, ...figures }, at) => ({ tool: done[at].tool, ...figures }))
  return [...rows, ...failures(results)]
}

/** Agreement with the original on held-out samples, bytes and latency. */
async function agreementRows(name, python) {
  const results = await quantizeBoth(name, python)
  const rows = []
  for (const { tool, file } of results.filter((result) => result.file)) {
    const { agreement, samples, times } = await agree(name, [models[name], file])
    const bytes = statSync(file).size
    rows.push({ tool, bytes, share: bytes / statSync(models[name]).size, agreement, samples, ...times[1] })
  }
  return [...rows, ...failures(results)]
}

function printRecognizer(rows) {
  const original = rows[0]
  console.table(
    rows.map(({ tool, failure, ...one }) => ({
      recognizer: tool,
      ...(failure
        ? { note: failure }
        : {
            bytes: one.bytes,
            'of original': (one.bytes / original.bytes).toFixed(3),
            'characters right': percent(one.charactersRight),
            'lines right': percent(one.linesRight),
            'ms/line': one.milliseconds.toFixed(1),
            'of its time': one.ratio.toFixed(3),
          }),
    })),
  )
}

const AGREEMENT = { det: 'detector', cls: 'angle classifier' }

function printAgreement(name, rows) {
  console.table(
    rows.map(({ tool, failure, ...one }) => ({
      [AGREEMENT[name]]: tool,
      ...(failure
        ? { note: failure }
        : {
            bytes: one.bytes,
            'of original': one.share.toFixed(3),
            'agreement with the original': `${percent(one.agreement)} over ${one.samples} samples`,
            'ms/sample': one.milliseconds.toFixed(2),
            'of its time': one.ratio.toFixed(3),
          }),
    })),
  )
}

async function main() {
  const { values } = parseArgs({ options: { limit: { type: 'string' }, only: { type: 'string' } } })
  const only = values.only?.split(',') ?? ['rec', 'det', 'cls']
  await mkdir(work, { recursive: true })
  const python = findPython()
  const results = { machine: machine(python) }
  if (only.includes('rec')) {
    results.rec = await recognizerRows(python, values.limit === undefined ? Infinity : Number(values.limit))
    printRecognizer(results.rec)
  }
  for (const name of ['det', 'cls'].filter((model) => only.includes(model))) {
    results[name] = await agreementRows(name, python)
    printAgreement(name, results[name])
  }
  console.log(`results in ${await writeResults('recognizer', results)}`)
}

await main()
