// One job of making weights fewer: node jobs/leaner.mjs <json options>; the last line it prints is what it has to say.

import { stat } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { compress, loadSamples, lowRank, Model, prune, simplify } from '../../dist/index.mjs'

const factories = { lowRank, ...prune }

/** What is told of a pass's details. */
const TOLD = [
  'zeroRatio',
  'prunedLayers',
  'ratio',
  'factorizedLayers',
  'macs',
  'macsAfter',
  'parameters',
  'parametersAfter',
]

/** File to file: simplified, one pass over all layers whatever it costs, nothing verified. */
async function makeLeaner({ model, result, samples, pass, options, limit }) {
  const start = performance.now()
  const original = await Model.open(model)
  const loaded = await loadSamples(samples, original)
  const passes = [simplify(), factories[pass]({ ...options, accuracy: false })]
  const compressed = await compress(original, passes, {
    samples: loaded.samples,
    sampleLimit: limit,
    verify: false,
  })
  await compressed.model.save(result)
  const { seconds: passSeconds, details } = compressed.report.passes.at(-1)
  return {
    seconds: (performance.now() - start) / 1000,
    passSeconds,
    bytes: (await stat(result)).size,
    ...Object.fromEntries(TOLD.map((name) => [name, details[name]])),
  }
}

console.log(JSON.stringify(await makeLeaner(JSON.parse(process.argv[2]))))
