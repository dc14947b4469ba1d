// Any model file in the engine and in onnxruntime, run in turn: node bench/file.mjs model.onnx [name=size …] [--threads n] [--runs n]

import { parseArgs } from 'node:util'
import { InferenceSession as Runtime, Tensor } from 'onnxruntime-node'
import { InferenceSession } from '../dist/engine/index.mjs'
import { Model } from '../dist/index.mjs'
import { median } from './measure/median.mjs'
import { RESTING } from './measure/resting.mjs'
import { machine, writeResults } from './measure/results.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: 'string', default: '1' }, runs: { type: 'string', default: '11' } },
})
const [file, ...given] = positionals
if (!file) throw new Error('Expected a model file, as in: node bench/file.mjs model.onnx batch=1 width=320')

/** By the name of an axis, or `input.axis` where it has none. */
const sizes = new Map(given.map((each) => each.split('=')).map(([name, size]) => [name, Number(size)]))

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  bool: Uint8Array,
}

/** Numbers from −1 to 1, the same each time; of whole numbers 0 and 1, of halves 1. */
function elements(type, length) {
  let state = 1
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state / 2 ** 31 - 1
  }
  const numberOf = {
    float32: next,
    float64: next,
    float16: () => 0x3c00,
    int64: () => BigInt(next() > 0 ? 1 : 0),
  }
  return ARRAYS[type].from({ length }, numberOf[type] ?? (() => (next() > 0 ? 1 : 0)))
}

function feedOf({ name, tensorType }) {
  const { dataType, shape = [] } = tensorType
  const dims = shape.map((size, axis) =>
    typeof size === 'number' ? size : (sizes.get(size) ?? sizes.get(`${name}.${axis}`) ?? 1),
  )
  const data = elements(
    dataType,
    dims.reduce((all, size) => all * size, 1),
  )
  return [name, new Tensor(dataType, data, dims)]
}

/** How far the outputs are from onnxruntime's, relative to the largest element of each. */
function apart(expected, actual) {
  return Math.max(
    ...Object.entries(expected).map(([name, { data }]) => {
      const numbers = Array.from(data, Number)
      const largest = numbers.reduce((most, each) => Math.max(most, Math.abs(each)), 0)
      const most = numbers.reduce(
        (all, each, at) => Math.max(all, Math.abs(each - Number(actual[name].data[at]))),
        0,
      )
      return largest > 0 ? most / largest : most
    }),
  )
}

async function timed(run) {
  const start = performance.now()
  const result = await run()
  return { milliseconds: performance.now() - start, result }
}

/** A session, what its first run makes, and the times of both. */
async function opened(create, feeds) {
  const { milliseconds: open, result: session } = await timed(create)
  const { milliseconds: first, result: outputs } = await timed(() => session.run(feeds))
  return { session, outputs, open, first, times: [] }
}

const { graph } = await Model.open(file)
const feeds = Object.fromEntries(graph.inputs.filter(({ initializer }) => !initializer).map(feedOf))
const options = {
  intraOpNumThreads: Number(values.threads),
  interOpNumThreads: 1,
  logSeverityLevel: 3,
  extra: RESTING,
}
const runtime = await opened(() => Runtime.create(file, options), feeds)
const engine = await opened(() => InferenceSession.create(file, options), feeds)
const contenders = { onnxruntime: runtime, engine }
for (let run = 0; run < Number(values.runs); run++)
  for (const each of Object.values(contenders))
    each.times.push((await timed(() => each.session.run(feeds))).milliseconds)

const { declined } = await engine.session.explain()
const rows = Object.entries(contenders).map(([contender, { open, first, times }]) => ({
  contender,
  'open ms': open.toFixed(0),
  'first run ms': first.toFixed(0),
  'median ms': median(times).toFixed(2),
  'least ms': Math.min(...times).toFixed(2),
}))
console.table(rows)
console.log(`${(median(runtime.times) / median(engine.times)).toFixed(2)} times as fast as onnxruntime`)
console.log(`off by ${apart(runtime.outputs, engine.outputs).toExponential(1)}`)
for (const { at, reason } of declined) console.log(`left to onnxruntime: ${at}: ${reason}`)
console.log(await writeResults('file', { machine: machine(), file, sizes: [...sizes], rows }))
for (const { session } of Object.values(contenders)) await session.release()
