// What a session takes beside others of its model, in a process of its own:
// node --expose-gc sessionMemory.mjs <engine|onnxruntime> <title> <type>
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { benchModels } from '../engine/models.mjs'

const [, , contender, title, type] = process.argv
const RUNS = 5

/** One tells little of a small model: allocators and V8 take memory by the megabyte, V8 most while it compiles. */
const SESSIONS = 4
const BEFORE = 4

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

/** Lets the kernel forget the most that there has been. */
const forgetPeak = () => writeFileSync('/proc/self/clear_refs', '5')

/** A session that has run. */
async function opened() {
  const session = await InferenceSession.create(files[type], {
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
const { files, feeds } = models.find((each) => each.title === title && each.files[type])
const others = []
while (others.length < BEFORE) others.push(await opened())
const before = await memory()
forgetPeak()
const sessions = [await opened()]
const { peak } = await memory()
while (sessions.length < SESSIONS) sessions.push(await opened())
const held = await memory()
await Promise.all(sessions.map((session) => session.release()))
const left = await memory()
console.log(
  JSON.stringify({
    held: (held.anonymous - before.anonymous) / SESSIONS,
    peak: peak - before.resident,
    left: (left.anonymous - before.anonymous) / SESSIONS,
  }),
)
process.exit(0)
