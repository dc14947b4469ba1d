// One job of pruning: node jobs/masks.mjs <json options>; the last line it prints is what it has to say.

import { performance } from 'node:perf_hooks'
import { compress, loadSamples, Model, prune, simplify } from '../../dist/index.mjs'

/** File to file: simplified, pruned over all layers whatever it costs, nothing verified. */
async function pruneFile({ model, result, samples, pass, options, limit }) {
  const start = performance.now()
  const original = await Model.open(model)
  const loaded = await loadSamples(samples, original)
  const passes = [simplify(), prune[pass]({ ...options, accuracy: false })]
  const compressed = await compress(original, passes, {
    samples: loaded.samples,
    sampleLimit: limit,
    verify: false,
  })
  await compressed.model.save(result)
  const pruned = compressed.report.passes.at(-1)
  const { zeroRatio, prunedLayers } = pruned.details
  return { seconds: (performance.now() - start) / 1000, passSeconds: pruned.seconds, zeroRatio, prunedLayers }
}

console.log(JSON.stringify(await pruneFile(JSON.parse(process.argv[2]))))
