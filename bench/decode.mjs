// Decoders in the engine and in onnxruntime, which write the same text in turn: node bench/decode.mjs [--only gpt2]
// [--threads 1,2] [--prompt 32] [--tokens 192] [--texts 3]

import { parseArgs } from 'node:util'
import { InferenceSession as Runtime, Tensor } from 'onnxruntime-node'
import { InferenceSession } from '../dist/engine/index.mjs'
import { median } from './measure/median.mjs'
import { RESTING } from './measure/resting.mjs'
import { machine, writeResults } from './measure/results.mjs'
import { modelFile } from './models/modelFile.mjs'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    threads: { type: 'string', default: '1' },
    prompt: { type: 'string', default: '32' },
    tokens: { type: 'string', default: '192' },
    texts: { type: 'string', default: '3' },
  },
})
const [PROMPT, TOKENS, TEXTS] = [values.prompt, values.tokens, values.texts].map(Number)

const MODELS = [
  { name: 'gpt2', title: 'GPT-2, float', kept: [1, 12, 0, 64] },
  { name: 'llama', title: 'Llama of 0.2 billion, 4 bits', kept: [1, 2, 0, 64] },
]

const integers = (numbers) => new Tensor('int64', BigInt64Array.from(numbers, BigInt), [1, numbers.length])

/** A text in one of both, as far as it is written. */
class Text {
  times = []

  constructor(session, kept) {
    this.session = session
    this.kept = Object.fromEntries(
      session.inputNames
        .filter((name) => name.startsWith('past_key_values'))
        .map((name) => [name, new Tensor('float32', new Float32Array(0), kept)]),
    )
    this.total = 0
  }

  /** Reads tokens; returns the logits of the last one. */
  async read(tokens) {
    const before = this.total
    this.total += tokens.length
    const feeds = {
      input_ids: integers(tokens),
      attention_mask: integers(new Array(this.total).fill(1)),
      ...(this.session.inputNames.includes('position_ids') && {
        position_ids: integers(tokens.map((_, at) => before + at)),
      }),
      ...this.kept,
    }
    const start = performance.now()
    const results = await this.session.run(feeds)
    this.times.push(performance.now() - start)
    for (const name of Object.keys(this.kept)) {
      const { data, dims } = results[name.replace('past_key_values', 'present')]
      this.kept[name] = new Tensor('float32', data, dims)
    }
    return results.logits.data.slice(-results.logits.dims.at(-1))
  }
}

function likeliest(logits) {
  return logits.reduce((best, each, at) => (each > logits[best] ? at : best), 0)
}

const prompt = Array.from({ length: PROMPT }, (_, at) => (at * 37 + 11) % 1000)

/** Milliseconds of the prompt and of each token behind it, and the logits of all. */
async function write(session, kept, wordOf) {
  const text = new Text(session, kept)
  const logits = [await text.read(prompt)]
  while (logits.length <= TOKENS) logits.push(await text.read([wordOf(logits)]))
  const [first, ...tokens] = text.times
  return { logits, first, token: median(tokens) }
}

/** How far logits are from others, relative to the largest of these. */
function apart(ours, theirs) {
  const largest = theirs.reduce((most, each) => Math.max(most, Math.abs(each)), 0)
  return ours.reduce((most, each, at) => Math.max(most, Math.abs(each - theirs[at])), 0) / largest
}

async function compare({ name, title, kept }, threads) {
  const file = await modelFile(name)
  const options = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    extra: RESTING,
  }
  const [engine, runtime] = [
    await InferenceSession.create(file, options),
    await Runtime.create(file, options),
  ]
  const texts = []
  for (let text = 0; text <= TEXTS; text++) {
    const theirs = await write(runtime, kept, (logits) => likeliest(logits.at(-1)))
    const ours = await write(engine, kept, (logits) => likeliest(theirs.logits[logits.length - 1]))
    const off = Math.max(...ours.logits.map((each, at) => apart(each, theirs.logits[at])))
    texts.push({ ours: [ours.first, ours.token], theirs: [theirs.first, theirs.token], off })
  }
  await engine.release()
  await runtime.release()
  const [first, ...others] = texts
  const typical = (of) => median(others.map(of))
  const tokens = [typical(({ theirs }) => theirs[1]), typical(({ ours }) => ours[1])]
  const prompts = [typical(({ theirs }) => theirs[0]), typical(({ ours }) => ours[0])]
  return {
    model: title,
    threads,
    'onnxruntime ms': tokens[0].toFixed(2),
    'engine ms': tokens[1].toFixed(2),
    faster: `${(tokens[0] / tokens[1]).toFixed(2)}x`,
    'first text': `${(first.theirs[1] / first.ours[1]).toFixed(2)}x`,
    'prompt ms': prompts.map((each) => each.toFixed(0)).join(' / '),
    'off by': Math.max(...texts.map(({ off }) => off)).toExponential(1),
  }
}

const rows = []
for (const model of MODELS) {
  if (!new RegExp(values.only).test(model.name)) continue
  for (const threads of values.threads.split(',').map(Number)) {
    process.stderr.write(`${model.title}, ${threads} threads\n`)
    rows.push(await compare(model, threads))
  }
}
console.table(rows)
console.log(await writeResults('decode', { machine: machine(), prompt: PROMPT, tokens: TOKENS, rows }))
