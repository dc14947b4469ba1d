// The engine beside onnxruntime on the same files, turn by turn in one process:
// node bench/engine.mjs [--only names] [--runs n] [--threads 1,2] [--explain]

import { parseArgs } from 'node:util'
import { InferenceSession as Runtime } from 'onnxruntime-node'
import { InferenceSession } from '../dist/engine/index.mjs'
import { doctor } from '../dist/index.mjs'
import { EXACT_PRODUCTS } from './engine/exactProducts.mjs'
import { benchModels } from './engine/models.mjs'
import { median } from './measure/median.mjs'
import { RESTING } from './measure/resting.mjs'
import { machine, writeResults } from './measure/results.mjs'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    runs: { type: 'string', default: '15' },
    threads: { type: 'string', default: '1,2' },
    explain: { type: 'boolean', default: false },
  },
})
const WARM_UP = 2

const milliseconds = async (run) => {
  const begin = performance.now()
  await run()
  return performance.now() - begin
}

/** Largest difference of the first output, relative to its largest element. */
function difference(expected, actual) {
  const [name] = Object.keys(expected)
  const [x, y] = [expected[name].data, actual[name].data]
  let [most, largest] = [0, 0]
  for (let i = 0; i < x.length; i++) {
    most = Math.max(most, Math.abs(x[i] - y[i]))
    largest = Math.max(largest, Math.abs(x[i]))
  }
  return most / largest
}

/** What onnxruntime says of a file where its 8-bit products do not saturate. */
async function expectedOf(path, feeds, threads) {
  const session = await Runtime.create(path, { intraOpNumThreads: threads, extra: EXACT_PRODUCTS })
  const results = await session.run(feeds)
  await session.release()
  return results
}

/** Both sessions on one file, taking turns. */
async function race(path, feeds, threads, runs) {
  let theirs
  let ours
  const opening = {
    theirs: await milliseconds(async () => {
      theirs = await Runtime.create(path, {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        logSeverityLevel: 3,
        extra: RESTING,
      })
    }),
    ours: await milliseconds(async () => {
      ours = await InferenceSession.create(path, { intraOpNumThreads: threads, profile: values.explain })
    }),
  }
  const first = await milliseconds(() => ours.run(feeds))
  const off = difference(await expectedOf(path, feeds, threads), await ours.run(feeds))
  const times = { theirs: [], ours: [] }
  for (let run = -WARM_UP; run < runs; run++) {
    const theirsNow = await milliseconds(() => theirs.run(feeds))
    const oursNow = await milliseconds(() => ours.run(feeds))
    if (run < 0) continue
    times.theirs.push(theirsNow)
    times.ours.push(oursNow)
  }
  const explanation = await ours.explain()
  if (values.explain) console.log(String(explanation))
  await theirs.release()
  await ours.release()
  return {
    theirs: median(times.theirs),
    ours: median(times.ours),
    leastTheirs: Math.min(...times.theirs),
    leastOurs: Math.min(...times.ours),
    off,
    declined: explanation.declined.length,
    opening: { ...opening, first },
  }
}

const rows = []
for (const { title, files, feeds } of await benchModels(new RegExp(values.only || '.'))) {
  for (const [type, path] of Object.entries(files)) {
    for (const threads of values.threads.split(',').map(Number)) {
      process.stderr.write(`${title}, ${type}, ${threads} threads\n`)
      rows.push({ title, type, threads, ...(await race(path, feeds, threads, Number(values.runs))) })
    }
  }
}

const shown = (number) => number.toFixed(number < 10 ? 2 : 1)
console.table(
  rows.map(({ title, type, threads, theirs, ours, leastTheirs, leastOurs, off, declined, opening }) => ({
    model: title,
    type,
    threads,
    'onnxruntime ms': shown(theirs),
    'engine ms': shown(ours),
    faster: `${(theirs / ours).toFixed(2)}x`,
    'by the least': `${(leastTheirs / leastOurs).toFixed(2)}x`,
    'off by': off.toExponential(1),
    'create ms': `${opening.theirs.toFixed(0)} / ${opening.ours.toFixed(0)} + ${opening.first.toFixed(0)}`,
    'left to onnxruntime': declined,
  })),
)
const found = await doctor()
console.log(`Instruction set: ${found.cpu.found?.isa ?? ''}`)
console.log(await writeResults('engine', { machine: machine(), rows }))
