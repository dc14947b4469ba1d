// The solve of a pruned layer beside numpy and scipy in float64: node bench/solve.mjs [--only rec,resnet50]
// The same weights, Gram matrix and mask on both sides; and the error that is left beside SparseGPT's.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { models } from '../examples/ocr/models.mjs'
import { samplesOf } from '../examples/ocr/samples.mjs'
import { writeNpyFolder } from '../examples/ocr/toNpy.mjs'
import { findPython } from './measure/findPython.mjs'
import { machine, writeResults } from './measure/results.mjs'
import { runJob } from './measure/runJob.mjs'
import { seconds } from './measure/units.mjs'
import { modelFile } from './models/modelFile.mjs'
import { pictureFolder } from './samples.mjs'
import { writeLayers } from './solve/layers.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const IMAGES = 64
const RATIO = 0.5
const DAMPING = 0.01
/** Of solutions, as the length of the difference over the length of the exact one. */
const LARGEST_DIFFERENCE = 1e-3

/** Matrix products, 1×1 and 3×3 convolutions of several sizes, one of each kind of effort. */
const SOURCES = {
  rec: {
    model: async () => models.rec,
    samples: lineFolder,
    layers: ['p2o.Add.211', 'batch_norm_3.tmp_2', 'p2o.MatMul.25'],
  },
  resnet50: {
    model: () => modelFile('resnet50'),
    samples: () => pictureFolder(IMAGES),
    layers: ['/conv_12/Conv_output', '/conv_28/Conv_output', '/conv_29/Conv_output'],
  },
}

async function lineFolder() {
  const folder = join(here, '.samples', 'rec')
  if (!existsSync(folder)) await writeNpyFolder(folder, samplesOf('rec', 'calibration'))
  return folder
}

/** Both sides one after the other: the peer takes the mask that the first leaves, and reads both solutions. */
async function compareLayer(python, layer) {
  const options = { ...layer, ratio: RATIO, damping: DAMPING }
  const ours = await runJob([process.execPath, join(here, 'jobs', 'solve.mjs'), JSON.stringify(options)])
  if (!python) return { ...layer, ours }
  const asked = JSON.stringify({ ...options, damping: ours.damping })
  const theirs = await runJob([python.command, join(here, 'peers', 'scipy_solve.py'), asked])
  return { ...layer, ours, theirs }
}

const power = (number) => number.toExponential(2)

function printSolves(name, rows) {
  console.table(
    rows.map(({ layer, rows: height, columns, ours, theirs }) => ({
      [name]: layer,
      size: `${height} × ${columns}`,
      'solved, s': seconds(ours.seconds),
      'scipy, s': theirs ? seconds(theirs.seconds) : 'not installed',
      difference: theirs && power(theirs.difference),
    })),
  )
}

/** Shares of the outputs' variance that pruned layers lose. */
function printErrors(name, rows) {
  console.table(
    rows
      .filter(({ theirs }) => theirs)
      .map(({ layer, ours, theirs }) => ({
        [`${name}: error left by`]: layer,
        magnitude: power(theirs.errors.magnitude),
        SparseGPT: power(theirs.errors.sparsegpt),
        onnxpress: power(theirs.errors.searched),
        'its mask, exactly': power(theirs.errors.exact),
        'SparseGPT, s': seconds(theirs.sparsegptSeconds),
        'onnxpress, s': seconds(ours.searchSeconds),
      })),
  )
}

async function main() {
  const { values } = parseArgs({ options: { only: { type: 'string' } } })
  const only = values.only?.split(',') ?? Object.keys(SOURCES)
  const python = findPython(['numpy', 'scipy'])
  const results = { machine: machine(python), layers: [] }
  for (const name of Object.keys(SOURCES).filter((each) => only.includes(each))) {
    const { model, samples, layers } = SOURCES[name]
    const folder = join(here, '.work', 'solve', name)
    const rows = []
    for (const layer of await writeLayers({ model: await model(), samples: await samples(), layers, folder }))
      rows.push(await compareLayer(python, layer))
    printSolves(name, rows)
    printErrors(name, rows)
    results.layers.push(...rows)
  }
  const differences = results.layers.flatMap(({ theirs }) => theirs?.difference ?? [])
  if (differences.length > 0) {
    const found = Math.max(...differences)
    const promise = 'largest difference from the exact solution'
    results.promises = [
      { promise, found: power(found), limit: LARGEST_DIFFERENCE, kept: found <= LARGEST_DIFFERENCE },
    ]
    console.table(results.promises)
  }
  console.log(`results in ${await writeResults('solve', results)}`)
}

await main()
