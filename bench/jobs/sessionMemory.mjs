// What a session takes, in a process of its own: node --expose-gc sessionMemory.mjs <engine|onnxruntime> <title> <type>
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { benchModels } from '../engine/models.mjs'

const [, , contender, title, type] = process.argv
const RUNS = 5

/** A model that is opened and released before, so that its session is not the first of the process. */
const SMALL = 'Silero VAD 4'

/** Megabytes that no file backs, once garbage is collected; the most there has been, of all kinds. */
async function memory() {
  for (let round = 0; round < 3; round++) {
    globalThis.gc()
    await setTimeout(30)
  }
  const status = readFileSync('/proc/self/status', 'utf8')
  const megabytes = (field) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)[1]) / 1024
  return { anonymous: megabytes('RssAnon'), peak: megabytes('VmHWM'), resident: megabytes('VmRSS') }
}

/** So that what is loaded and compiled once is not counted, nor memory that V8 keeps for new objects of any kind. */
async function warmUp() {
  const latest = Array.from({ length: 1e5 }, () => [0])
  for (let count = 0; count < 4e6; count++) latest[count % latest.length] = [count]
  const { files, feeds } = models.find((each) => each.title === SMALL)
  await opened(files.float, feeds).then((session) => session.release())
}

/** A session that has run. */
async function opened(file, feeds) {
  const session = await InferenceSession.create(file, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  })
  for (let run = 0; run < RUNS; run++) await session.run(feeds)
  return session
}

const { InferenceSession } = await (contender === 'engine'
  ? import('../../dist/engine/index.mjs')
  : import('onnxruntime-node'))
const models = await benchModels(/./)
const model = models.find(({ files, ...each }) => each.title === title && files[type])
await warmUp()
const before = await memory()
const session = await opened(model.files[type], model.feeds)
const held = await memory()
await session.release()
const left = await memory()
console.log(
  JSON.stringify({
    held: held.anonymous - before.anonymous,
    peak: held.peak - before.resident,
    left: left.anonymous - before.anonymous,
  }),
)
process.exit(0)
