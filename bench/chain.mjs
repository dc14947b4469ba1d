// A chain of lossy passes in one call on PP-OCRv4's recognizer: node bench/chain.mjs
// Channels, low rank, 2:4, int8 under one budget; what each pass takes, costs and leaves, and what held-out lines say.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  compare,
  compress,
  loadSamples,
  lowRank,
  Model,
  prune,
  quantize,
  simplify,
  upgradeOpset,
} from '../dist/index.mjs'
import { measure, toTable } from '../examples/ocr/measure.mjs'
import { models } from '../examples/ocr/models.mjs'
import { samplesOf } from '../examples/ocr/samples.mjs'
import { writeNpyFolder } from '../examples/ocr/toNpy.mjs'
import { sampleFolder } from './measure/heldOut.mjs'
import { machine, writeResults } from './measure/results.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const work = join(here, '.work')
const MOST_DROP = 0.03

const passes = () => [
  upgradeOpset(),
  simplify(),
  prune.channels({ macs: 0.15, multipleOf: 4 }),
  lowRank({ ratio: 0.2 }),
  prune.nOfM({ pattern: '2:4' }),
  quantize.static(),
]

/** Agreement with the original on samples that nothing was tuned on. */
async function heldOutAgreement(original, model) {
  const folder = join(here, '.samples', 'rec.held-out')
  await writeNpyFolder(folder, samplesOf('rec', 'held-out'))
  const { samples } = await loadSamples(folder, original)
  const { overall } = await compare(original, model, { samples })
  return overall.agreement
}

async function main() {
  await mkdir(work, { recursive: true })
  const original = await Model.open(models.rec)
  const { samples } = await loadSamples(await sampleFolder('rec'), original)
  const accuracy = { maxDrop: MOST_DROP }
  const { model, report } = await compress(original, passes(), { samples, accuracy })
  const result = join(work, 'rec.chain.onnx')
  await model.save(result)
  console.log(`${report}`)
  const measured = await measure([models.rec, result])
  console.table(toTable(measured))
  const agreement = await heldOutAgreement(original, model)
  console.log(`held-out positions with the same choice: ${(100 * agreement).toFixed(2)}%`)
  const found = {
    machine: machine(),
    report,
    measured: measured.map(({ read: _, ...rest }) => rest),
    agreement,
  }
  console.log(`results in ${await writeResults('chain', found)}`)
}

await main()
