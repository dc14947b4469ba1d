// Samples for all three models: node examples/ocr/samples.mjs <rec|det|cls> <calibration|held-out> <folder>
// Writes one .npy a sample: what `onnxpress compress --samples <folder>` and `onnxpress compare --samples <folder>` read.

import { parse } from 'node:path'
import { pathToFileURL } from 'node:url'
import { loadLines, loadPages } from './lines.mjs'
import { prepareClassifier, prepareDetector, prepareLine } from './preprocess.mjs'
import { writeNpyFolder } from './toNpy.mjs'

/** Of each model, where its pictures come from and what it takes. Every second line of the classifier's is upside down. */
const sources = {
  rec: { load: loadLines, prepare: (file) => prepareLine(file) },
  det: { load: loadPages, prepare: (file) => prepareDetector(file) },
  cls: {
    load: loadLines,
    prepare: (file, index) => prepareClassifier(file, { upsideDown: index % 2 === 1 }),
  },
}

/**
 * One prepared array at a time.
 * @param {'rec' | 'det' | 'cls'} model
 * @param {'calibration' | 'held-out'} set
 * @returns {AsyncGenerator<{ name: string, array: import('./preprocess.mjs').Array4 }>}
 */
export async function* samplesOf(model, set) {
  const { load, prepare } = sources[model]
  for (const [index, { name, file }] of (await load(set)).entries()) {
    yield { name: parse(name).name, array: await prepare(file, index) }
  }
}

async function main([model, set, folder]) {
  if (!Object.hasOwn(sources, model ?? '') || !folder) {
    console.error('node examples/ocr/samples.mjs <rec|det|cls> <calibration|held-out> <folder>')
    process.exitCode = 2
    return
  }
  console.log(`${await writeNpyFolder(folder, samplesOf(model, set))} samples in ${folder}`)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  await main(process.argv.slice(2))
