/** Workers and processes that end while the engine runs. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(__dirname, '..', '..')
const register = JSON.stringify(join(root, 'test', 'support', 'typescript.js'))
const engine = JSON.stringify(join(root, 'src', 'engine'))
const support = JSON.stringify(join(root, 'test', 'engine', 'support.ts'))

/** Makes a session of a model that takes a while, and starts runs. */
const prelude = `
  const { InferenceSession } = require(${engine})
  const { ModelBuilder, floats } = require(${support})
  const { attribute } = require(${JSON.stringify(join(root, 'src', 'ir'))})
  const build = new ModelBuilder()
  let x = build.input('x', [1, 64, 96, 96])
  for (let k = 0; k < 12; k++) x = build.add('Conv', [x, build.weight([64, 64, 3, 3], 0.1)], { pads: attribute.ints([1, 1, 1, 1]) })
  build.output(x)
  const feeds = { x: floats([1, 64, 96, 96]) }
  const start = async (n) => {
    const session = await InferenceSession.create(build.model, { intraOpNumThreads: 2 })
    await session.run({ x: floats([1, 64, 96, 96]) })
    return Array.from({ length: n }, () => session.run(feeds))
  }`

function ended(script: string): { status: number | null; signal: string | null; stdout: string } {
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ['-r', JSON.parse(register), '-e', script],
    {
      cwd: root,
      encoding: 'utf8',
      timeout: 150_000,
    },
  )
  if (status !== 0 && signal) throw new Error(stderr)
  return { status, signal, stdout }
}

test('a worker that is terminated during runs does not take the process down', () => {
  const worker = JSON.stringify(
    `${prelude}; start(4).then(() => require('node:worker_threads').parentPort.postMessage('started'))`,
  )
  const script = `
    const { Worker } = require('node:worker_threads')
    ;(async () => {
      for (let k = 0; k < 4; k++) {
        const worker = new Worker(${worker}, { eval: true })
        await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
        await worker.terminate()
      }
      console.log('fine')
    })()`
  expect(ended(script)).toEqual({ status: 0, signal: null, stdout: 'fine\n' })
})

test('a worker that is terminated while it plans does not either', () => {
  const worker = JSON.stringify(`
    ${prelude}
    require('node:worker_threads').parentPort.postMessage('started')
    ;(async () => {
      for (let size = 8; ; size++) {
        const session = await InferenceSession.create(build.model)
        session.run({ x: floats([1, 64, 96, 96]) }).catch(() => {})
        await session.release()
      }
    })()`)
  const script = `
    const { Worker } = require('node:worker_threads')
    ;(async () => {
      for (let k = 0; k < 6; k++) {
        const worker = new Worker(${worker}, { eval: true })
        await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
        await new Promise((resolve) => setTimeout(resolve, 13 * k))
        await worker.terminate()
      }
      console.log('fine')
    })()`
  expect(ended(script)).toEqual({ status: 0, signal: null, stdout: 'fine\n' })
})

test('process.exit during runs ends the process at once, as it was told to', () => {
  const begin = Date.now()
  expect(ended(`${prelude}; start(40).then(() => setTimeout(() => process.exit(7), 20))`)).toMatchObject({
    status: 7,
  })
  expect(Date.now() - begin).toBeLessThan(20_000)
})

test('the natural end waits for runs, and an idle session keeps no process alive', () => {
  expect(
    ended(`${prelude}; start(2).then((all) => Promise.all(all)).then(() => console.log('done'))`),
  ).toEqual({
    status: 0,
    signal: null,
    stdout: 'done\n',
  })
})

test('release gives memory back', () => {
  const script = `
    ${prelude}
    const settle = async () => { for (let k = 0; k < 3; k++) { global.gc?.(); await new Promise((resolve) => setTimeout(resolve, 20)) } }
    const once = async () => {
      const session = await InferenceSession.create(build.model, { intraOpNumThreads: 1 })
      await session.run(feeds)
      await session.release()
    }
    ;(async () => {
      for (let k = 0; k < 3; k++) await once()
      await settle()
      const before = process.memoryUsage().rss
      for (let k = 0; k < 30; k++) await once()
      await settle()
      // Thirty sessions of 2 MB of weights and 5 MB of working memory each.
      console.log(process.memoryUsage().rss - before < 60e6 ? 'given back' : (process.memoryUsage().rss - before) / 1e6)
    })()`
  const { stdout } = spawnSync(process.execPath, ['--expose-gc', '-r', JSON.parse(register), '-e', script], {
    cwd: root,
    encoding: 'utf8',
    timeout: 150_000,
  })
  expect(stdout).toBe('given back\n')
})
