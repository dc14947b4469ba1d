// What onnxruntime makes of models: node jobs/runtime.mjs <job> <json options>; the last line it prints is its say.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { Model } from '../../dist/index.mjs'
import { median } from '../measure/median.mjs'
import { picture } from '../samples.mjs'

const ONE_THREAD = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
}

/** How many convolutions of a model run in int8, and how many in float, in the graph that onnxruntime runs. */
async function convolutions(model) {
  const folder = await mkdtemp(join(tmpdir(), 'onnxpress-bench-'))
  try {
    const optimizedModelFilePath = join(folder, 'optimized.onnx')
    const session = await InferenceSession.create(model, { ...ONE_THREAD, optimizedModelFilePath })
    await session.release()
    const count = (nodes, ...opTypes) => nodes.filter((node) => opTypes.includes(node.opType)).length
    const { nodes } = (await Model.open(optimizedModelFilePath)).graph
    return { int8: count(nodes, 'QLinearConv', 'ConvInteger'), float: count(nodes, 'Conv', 'FusedConv') }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Numbers between -1 and 1 for a model's one input: time does not depend on them. */
function madeUp({ inputNames: [name] }, dims) {
  const length = dims.reduce((product, size) => product * size, 1)
  return {
    [name]: new Tensor(
      'float32',
      Float32Array.from({ length }, (_, at) => Math.sin(at)),
      dims,
    ),
  }
}

/** What models are fed, by kind. */
const feeds = {
  picture: (session) => {
    const { data, dims } = picture(1)
    return { [session.inputNames[0]]: new Tensor('float32', data, dims) }
  },
  line: (session) => madeUp(session, [1, 3, 48, 320]),
  page: (session) => madeUp(session, [1, 3, 480, 640]),
  tokens: () => {
    const ids = (valueAt) => new Tensor('int64', BigInt64Array.from({ length: TOKENS }, valueAt), [1, TOKENS])
    return {
      input_ids: ids((_, at) => BigInt(100 + at)),
      attention_mask: ids(() => 1n),
      token_type_ids: ids(() => 0n),
    }
  },
}

/** Length of the sentence that encoders read. */
const TOKENS = 128

/** Milliseconds of each session's run in each turn; they change places from turn to turn. */
async function takeTurns(sessions, turns, feed) {
  const fed = feeds[feed](sessions[0])
  const runs = sessions.map(() => [])
  for (let turn = -1; turn < turns; turn++) {
    for (let step = 0; step < sessions.length; step++) {
      const at = (turn + 1 + step) % sessions.length
      const start = performance.now()
      await sessions[at].run(fed)
      if (turn >= 0) runs[at].push(performance.now() - start)
    }
  }
  return runs
}

/**
 * Models of the same inputs, one thread, interleaved.
 * @param {{ models: string[], turns: number, feed?: keyof typeof feeds }} options the first model is what the others are
 *   held against
 */
async function sideBySide({ models, turns, feed = 'picture' }) {
  const sessions = []
  for (const model of models) sessions.push(await InferenceSession.create(model, ONE_THREAD))
  const runs = await takeTurns(sessions, turns, feed)
  await Promise.all(sessions.map((session) => session.release()))
  const results = []
  for (const [at, model] of models.entries()) {
    const ratios = runs[at].map((time, turn) => time / runs[0][turn])
    results.push({
      model,
      milliseconds: median(runs[at]),
      ratio: median(ratios),
      convolutions: await convolutions(model),
    })
  }
  return { results }
}

/** Opens an encoder and runs four tokens through it. */
async function runEncoder({ model }) {
  const session = await InferenceSession.create(model, ONE_THREAD)
  const ids = (values) => new Tensor('int64', BigInt64Array.from(values), [1, 4])
  const feeds = {
    input_ids: ids([5n, 6n, 7n, 8n]),
    attention_mask: ids([1n, 1n, 1n, 1n]),
    token_type_ids: ids([0n, 0n, 0n, 0n]),
  }
  const { last_hidden_state: output } = await session.run(feeds)
  return { finite: output.data.every(Number.isFinite), shape: output.dims }
}

const jobs = { sideBySide, runEncoder }
const [job, options] = process.argv.slice(2)
console.log(JSON.stringify(await jobs[job](JSON.parse(options))))
