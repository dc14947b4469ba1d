// Measures recognizers: node examples/ocr/measure.mjs [options] [original.onnx] [other.onnx ...]
// Prints bytes, characters and lines read right, and one-thread latency against the first model.

import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { accuracyOf } from './accuracy.mjs'
import { loadCharacters } from './ctc.mjs'
import { timeInterleaved } from './latency.mjs'
import { loadLines } from './lines.mjs'
import { dictionary, models } from './models.mjs'
import { prepareLine } from './preprocess.mjs'
import { openSession, recognize } from './recognize.mjs'

/** @typedef {{ set?: 'calibration' | 'held-out', limit?: number, latencyLines?: number, repeats?: number }} MeasureOptions */

/** So many elements of a list, evenly spread, so that a few stand for all. */
function spread(list, count) {
  const step = Math.max(1, list.length / count)
  return list.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step))
}

/** The set's lines with their arrays, ready to run. */
async function prepareLines(set, limit) {
  const lines = spread(await loadLines(set), limit)
  return Promise.all(lines.map(async (line) => ({ ...line, array: await prepareLine(line.file) })))
}

async function readWith(file, lines, characters) {
  const session = await openSession(file, 2)
  const read = await recognize(session, lines, characters)
  await session.release()
  return read
}

/**
 * Measures models on one set of lines.
 * @param {string[]} files the first is what the others are held against
 * @param {MeasureOptions} [options] `limit`: lines read; `latencyLines`: lines timed (0: none), `repeats` times each
 */
export async function measure(
  files,
  { set = 'held-out', limit = Infinity, latencyLines = 40, repeats = 5 } = {},
) {
  const characters = await loadCharacters(dictionary)
  const lines = await prepareLines(set, limit)
  const measured = []
  for (const file of files) {
    const read = await readWith(file, lines, characters)
    measured.push({ file, bytes: statSync(file).size, ...accuracyOf(read), read })
  }
  if (latencyLines === 0) return measured
  const arrays = spread(lines, latencyLines).map(({ array }) => array)
  const times = await timeInterleaved(files, arrays, repeats)
  return measured.map((one, index) => ({ ...one, ...times[index] }))
}

const percent = (ratio) => `${(100 * ratio).toFixed(2)}%`

/** Rows for `console.table`. */
export const toTable = (measured) =>
  Object.fromEntries(
    measured.map((one) => [
      basename(one.file),
      {
        bytes: one.bytes,
        'of original': (one.bytes / measured[0].bytes).toFixed(3),
        'characters right': percent(one.charactersRight),
        'lines right': percent(one.linesRight),
        ...(one.milliseconds && {
          'ms/line': one.milliseconds.toFixed(1),
          'of its time': one.ratio.toFixed(3),
        }),
      },
    ]),
  )

const usage = `node examples/ocr/measure.mjs [options] [original.onnx] [other.onnx ...]

Without a model it measures PP-OCRv4's recognizer; the others are held against the first.
  --set held-out|calibration   the lines read (held-out)
  --limit N                    read only N lines, spread over the set
  --latency-lines N            time N lines (40), 0 for none
  --repeats N                  time each line N times (5)
  --errors                     list the lines that the last model read wrong
  --json                       print one JSON document`

const numberOf = (text, otherwise) => (text === undefined ? otherwise : Number.parseInt(text, 10))

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      set: { type: 'string', default: 'held-out' },
      limit: { type: 'string' },
      'latency-lines': { type: 'string' },
      repeats: { type: 'string' },
      errors: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  return { values, files: positionals.length ? positionals : [models.rec] }
}

async function main() {
  const { values, files } = readArguments()
  if (values.help) return console.log(usage)
  const measured = await measure(files, {
    set: values.set,
    limit: numberOf(values.limit, Infinity),
    latencyLines: numberOf(values['latency-lines'], 40),
    repeats: numberOf(values.repeats, 5),
  })
  if (values.json) return console.log(JSON.stringify(measured, null, 2))
  console.table(toTable(measured))
  console.log(`${measured[0].lines} ${values.set} lines, ${measured[0].characters} characters`)
  if (!values.errors) return
  for (const { text, read } of measured.at(-1).read) if (text !== read) console.log(`${text}\n${read}\n`)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main()
