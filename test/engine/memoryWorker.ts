/** What a session of a model's file takes, in a process of its own: node --expose-gc … memoryWorker.ts <file> <dims>. */
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { InferenceSession } from '../../src/engine'
import { floats, ModelBuilder } from './support'

/** Megabytes of this process that no file backs. */
async function anonymous(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.()
    await setTimeout(20)
  }
  const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return Number(kilobytes) / 1024
}

/** So that what is compiled and loaded once is not counted, nor memory that V8 keeps for new objects of any kind. */
async function warmUp(): Promise<void> {
  const latest = Array.from({ length: 1e5 }, () => [0])
  for (let count = 0; count < 4e6; count++) latest[count % latest.length] = [count]
  const build = new ModelBuilder()
  const x = build.input('x', [1, 32, 8, 8])
  build.output(build.add('Relu', [build.add('Conv', [x, build.weight([32, 32, 3, 3])])]))
  const session = await InferenceSession.create(build.model, { intraOpNumThreads: 1 })
  await session.run({ x: floats([1, 32, 8, 8]) })
  await session.release()
}

/** What went in and came out of some runs. */
async function run(session: InferenceSession, dims: readonly number[]): Promise<WeakRef<object>[]> {
  const seen: WeakRef<object>[] = []
  for (let count = 0; count < 3; count++) {
    const x = floats(dims)
    const results = await session.run({ x })
    seen.push(...[x, ...Object.values(results)].map(({ data }) => new WeakRef(data)))
  }
  return seen
}

async function measure(file: string, dims: readonly number[]): Promise<void> {
  await warmUp()
  const before = await anonymous()
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1 })
  const given = await run(session, dims)
  const held = (await anonymous()) - before
  const kept = given.filter((each) => each.deref()).length
  await session.release()
  const left = (await anonymous()) - before
  console.log(JSON.stringify({ held, left, kept }))
}

void measure(process.argv[2] as string, JSON.parse(process.argv[3] as string))
