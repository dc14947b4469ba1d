// What is left of models without some of their channels: multiply-accumulates, parameters, bytes, and latency in
// onnxruntime; of the recognizer also what it still reads.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { measure } from '../../examples/ocr/measure.mjs'
import { models as ocrModels } from '../../examples/ocr/models.mjs'
import { samplesOf } from '../../examples/ocr/samples.mjs'
import { writeNpyFolder } from '../../examples/ocr/toNpy.mjs'
import { runJob } from '../measure/runJob.mjs'
import { megabytes, seconds } from '../measure/units.mjs'
import { modelFile } from '../models/modelFile.mjs'
import { pictureFolder } from '../samples.mjs'

const here = fileURLToPath(new URL('..', import.meta.url))
const IMAGES = 64
const RATIO = 0.3
const LATENCY_LINES = 20
const DECIMALS = 3

const pictures = () => pictureFolder(IMAGES)
const sentences = async () => join(here, 'prune', 'tokens.mjs')

/** Models of random weights, of which only size and speed say something. */
const RANDOM = [
  { name: 'ResNet-50', model: 'resnet50', feed: 'picture', turns: 30, samplesOf: pictures },
  { name: 'MobileNetV2', model: 'mobileNetV2', feed: 'picture', turns: 60, samplesOf: pictures },
  { name: 'BERT-base', model: 'bertBase', feed: 'tokens', turns: 10, samplesOf: sentences },
]

const job = (script, name, options) => [
  process.execPath,
  join(here, 'jobs', script),
  name,
  JSON.stringify(options),
]

const prune = (options) => runJob(job('onnxpress.mjs', 'channels', options))

async function randomRow({ name, model, feed, turns, samplesOf: found }) {
  const original = await modelFile(model)
  const result = join(here, '.work', `${model}.channels.onnx`)
  process.stderr.write(`channels: ${name}\n`)
  const pruned = await prune({ model: original, result, channels: { ratio: RATIO }, samples: await found() })
  const models = [original, result]
  const { results } = await runJob(job('runtime.mjs', 'sideBySide', { models, turns, feed }))
  const [before, after] = results.map(({ milliseconds }) => milliseconds)
  return {
    name,
    what: `ratio ${RATIO}`,
    ...pruned,
    milliseconds: { before, after },
    latency: results[1].ratio,
  }
}

/** The recognizer is trained: what it still reads is measured too. */
const RECOGNIZERS = [
  { what: `ratio ${RATIO}`, channels: { ratio: RATIO } },
  { what: `ratio ${RATIO}, by l1, not fitted anew`, channels: { ratio: RATIO, score: 'l1', refit: false } },
  { what: 'macs 0.2, multiples of 4', channels: { macs: 0.2, multipleOf: 4 } },
  { what: 'macs 0.3, multiples of 4', channels: { macs: 0.3, multipleOf: 4 } },
  { what: 'macs 0.4, multiples of 4', channels: { macs: 0.4, multipleOf: 4 } },
]

async function recognizerRows() {
  const samples = join(here, '.samples', 'rec')
  await writeNpyFolder(samples, samplesOf('rec', 'calibration'))
  const rows = []
  for (const [at, { what, channels }] of RECOGNIZERS.entries()) {
    const result = join(here, '.work', `rec.channels.${at}.onnx`)
    process.stderr.write(`channels: recognizer, ${what}\n`)
    rows.push({
      name: 'recognizer',
      what,
      result,
      ...(await prune({ model: ocrModels.rec, result, samples, channels })),
    })
  }
  const files = [ocrModels.rec, ...rows.map(({ result }) => result)]
  const [original, ...measured] = await measure(files, { latencyLines: LATENCY_LINES })
  return rows.map((row, at) => ({
    ...row,
    milliseconds: { before: original.milliseconds, after: measured[at].milliseconds },
    latency: measured[at].ratio,
    charactersRight: { before: original.charactersRight, after: measured[at].charactersRight },
  }))
}

/** @returns {Promise<object[]>} one row a model and setting */
export async function channelsRows() {
  const rows = []
  for (const each of RANDOM) rows.push(await randomRow(each))
  return [...rows, ...(await recognizerRows())]
}

const share = ({ before, after }) => (after / before).toFixed(DECIMALS)
const percent = (ratio) => `${(100 * ratio).toFixed(2)}%`

export function printChannels(rows) {
  console.table(
    rows.map((row) => ({
      model: row.name,
      channels: row.what,
      widths: `${row.narrowed} of ${row.families}`,
      MACs: row.macs ? share(row.macs) : '',
      parameters: share(row.parameters),
      bytes: share(row.bytes),
      latency: row.latency.toFixed(DECIMALS),
      'ms before, after': `${row.milliseconds.before.toFixed(1)}, ${row.milliseconds.after.toFixed(1)}`,
      took: seconds(row.seconds),
      'peak memory': megabytes(row.peakBytes),
      ...(row.charactersRight && {
        'characters right': `${percent(row.charactersRight.after)} (was ${percent(row.charactersRight.before)})`,
      }),
    })),
  )
}
