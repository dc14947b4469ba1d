// One job of onnxpress: node jobs/onnxpress.mjs <job> <json options>; the last line it prints is what it has to say.

import { statSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { compress, loadSamples, Model, prune, quantize, simplify, upgradeOpset } from '../../dist/index.mjs'
import { median } from '../measure/median.mjs'

/** Runs something and gives its seconds. */
async function timed(work) {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** File to file, with the passes of the command line's `--quantize int8`. */
async function quantizeStatic({ model, result, samples, range, accuracy, verify, limit }) {
  const passOptions = { ...(range && { range }), ...(accuracy === false && { accuracy }) }
  const seconds = await timed(async () => {
    const original = await Model.open(model)
    const loaded = await loadSamples(samples, original)
    const options = { samples: loaded.samples, verify, sampleLimit: limit }
    const passes = [upgradeOpset(), simplify(), quantize.static(passOptions)]
    const compressed = await compress(original, passes, options)
    await compressed.model.save(result)
  })
  return { seconds, bytes: statSync(result).size }
}

/** File to file; with `clean` also what the command line's `--quantize dynamic` does before. */
async function quantizeDynamic({ model, result, clean }) {
  let report
  const passes = [...(clean ? [upgradeOpset(), simplify()] : []), quantize.dynamic()]
  const seconds = await timed(async () => {
    const original = await Model.open(model)
    const compressed = await compress(original, passes, { verify: false })
    report = compressed.report
    await compressed.model.save(result)
  })
  return { seconds, bytes: statSync(result).size, changed: report.passes.at(-1).changed }
}

/** File to file, with the passes of the command line's `--prune channels`; fitted anew where there are samples. */
async function pruneChannels({ model, result, samples, limit, channels }) {
  let report
  const seconds = await timed(async () => {
    const original = await Model.open(model)
    const loaded = samples && (await loadSamples(samples, original))
    const options = loaded ? { samples: loaded.samples, sampleLimit: limit } : {}
    const passes = [upgradeOpset(), simplify(), prune.channels({ ...channels, accuracy: false })]
    const compressed = await compress(original, passes, { ...options, verify: false })
    report = compressed.report
    await compressed.model.save(result)
  })
  const { changed, details } = report.passes.at(-1)
  const { families, macs, parameters, refitLayers } = details
  const narrowed = families.filter(({ channels: { before, after } }) => after < before).length
  const counts = { changed, families: families.length, narrowed, refitLayers }
  return {
    seconds,
    bytes: { before: statSync(model).size, after: statSync(result).size },
    macs,
    parameters,
    ...counts,
  }
}

/** Opens a file several times; the median counts. */
async function open({ model, repeats }) {
  const runs = []
  for (let run = 0; run < repeats; run++) runs.push(await timed(() => Model.open(model)))
  return { seconds: median(runs), slowest: Math.max(...runs) }
}

const jobs = { static: quantizeStatic, dynamic: quantizeDynamic, channels: pruneChannels, open }
const [job, options] = process.argv.slice(2)
console.log(JSON.stringify(await jobs[job](JSON.parse(options))))
