import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { saveModel } from '../../src/onnx'
import { about, closeRuntime, packageRoot, Session } from '../../src/runtime'
import { host } from '../../src/runtime/host'
import { addOneModel, floats, slowFeeds, slowModel, temporaryEntries } from './support'

afterAll(closeRuntime)

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function ended(pid: number): Promise<boolean> {
  for (let wait = 0; wait < 100 && isAlive(pid); wait++) await sleep(20)
  return !isAlive(pid)
}

describe('the host process', () => {
  test('says which onnxruntime it runs', async () => {
    expect((await about()).onnxruntime).toBe(require('onnxruntime-node/package.json').version)
  })

  test('leaves the event loop free while a model runs', async () => {
    const session = await Session.create(slowModel(400), { threads: 1 })
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    const start = performance.now()
    await session.run(slowFeeds())
    const seconds = (performance.now() - start) / 1000
    delay.disable()
    expect(seconds).toBeGreaterThan(0.2)
    expect(delay.percentile(99) / 1e6).toBeLessThan(50)
    expect(delay.max / 1e9).toBeLessThan(seconds / 2)
    await session.release()
  })

  test('is killed by an AbortSignal in the middle of a run, and replaced', async () => {
    const session = await Session.create(slowModel(100000), { threads: 1 })
    const controller = new AbortController()
    const before = host.pid as number
    const running = session.run(slowFeeds(), undefined, { signal: controller.signal })
    await sleep(300)
    const start = performance.now()
    controller.abort('enough')
    await expect(running).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' })
    expect(performance.now() - start).toBeLessThan(250)
    expect(await ended(before)).toBe(true)
    const other = await Session.create(addOneModel())
    expect((await other.run({ x: floats([1]) })).y).toEqual(floats([2]))
    await other.release()
    await session.release()
  })

  test('a signal that was given already stops the work before it begins', async () => {
    await expect(about({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' })
  })

  test('sessions outlive it: what waits behind a stopped task runs in the next host', async () => {
    const slow = await Session.create(slowModel(100000), { threads: 1 })
    const quick = await Session.create(addOneModel())
    const controller = new AbortController()
    const stopped = slow.run(slowFeeds(), undefined, { signal: controller.signal })
    const waiting = quick.run({ x: floats([4]) })
    setTimeout(() => controller.abort(), 50)
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' })
    expect((await waiting).y).toEqual(floats([5]))
    await Promise.all([slow.release(), quick.release()])
  })

  test('a task that waits can be stopped without harm to the one that runs', async () => {
    const slow = await Session.create(slowModel(50), { threads: 1 })
    const running = slow.run(slowFeeds())
    const controller = new AbortController()
    const waiting = about({ signal: controller.signal })
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' })
    expect((await running).y?.dims).toEqual([512, 512])
    await slow.release()
  })

  test('a crash is an error of the task that ran, with what the process said last', async () => {
    const slow = await Session.create(slowModel(100000), { threads: 1 })
    const running = slow.run(slowFeeds())
    const after = about()
    setTimeout(() => process.kill(host.pid as number, 'SIGSEGV'), 50)
    await expect(running).rejects.toMatchObject({
      code: 'RUNTIME',
      message: expect.stringMatching(/^The process that runs onnxruntime ended \(SIGSEGV\) during "run"/),
    })
    expect((await after).onnxruntime).toMatch(/^\d/)
    await slow.release()
  })

  test('work that takes too long is stopped', async () => {
    const slow = await Session.create(slowModel(100000), { threads: 1 })
    await expect(slow.run(slowFeeds(), undefined, { limitSeconds: 0.2 })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
    })
    await slow.release()
  })

  test('what cannot be sent is refused, and the next task runs', async () => {
    const broken = {
      kind: 'sweep',
      sessions: [],
      files: [],
      reducer: { module: '', config: () => {} },
    } as const
    await expect(host.request(broken)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
    expect((await about()).openSessions).toBe(0)
  })

  test('closeRuntime ends it and leaves no temporary folder', async () => {
    await about()
    const pid = host.pid as number
    closeRuntime()
    expect(await ended(pid)).toBe(true)
    expect(temporaryEntries()).toEqual([])
  })
})

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  /** What it printed first: the host's process id and the temporary root. */
  readonly pid: number
  readonly root: string
}

/** Runs a program of its own. Once it has printed a line, `then` may do something to it. */
function program(script: string, then: (child: ChildProcess) => void = () => {}): Promise<Ended> {
  const code = `const runtime = require('./dist/runtime'); const { host } = require('./dist/runtime/host')
    const { tempRoot } = require('./dist/runtime/tempFolder')
    const introduce = () => console.log(host.pid + ' ' + tempRoot());
    (async () => { ${script} })()`
  const child = spawn(process.execPath, ['-e', code], {
    cwd: packageRoot(),
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
    if (text.includes('\n')) then(child)
  })
  return new Promise((resolve) => {
    child.on('close', (exit, signal) => {
      const [pid, root = ''] = text.trim().split(' ')
      resolve({ code: exit, signal, pid: Number(pid), root })
    })
  })
}

async function expectNothingLeft({ pid, root }: Ended): Promise<void> {
  expect(pid).toBeGreaterThan(1)
  expect(root).toContain('onnxpress-')
  expect(await ended(pid)).toBe(true)
  expect(existsSync(root)).toBe(false)
}

describe('a program that uses the runtime', () => {
  let folder: string
  let startSlow: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'onnxpress-test-'))
    await saveModel(slowModel(100000), join(folder, 'slow.onnx'))
    startSlow = `const session = await runtime.Session.create(${JSON.stringify(join(folder, 'slow.onnx'))}, { threads: 1 })
      session.run({ x: { type: 'float32', dims: [512, 512], data: new Float32Array(512 * 512) } }).catch(() => {})
      setTimeout(introduce, 200);`
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('ends by itself when its own work is done', async () => {
    const result = await program('await runtime.about(); introduce()')
    expect(result.code).toBe(0)
    await expectNothingLeft(result)
  })

  test('waits for work under way', async () => {
    const result = await program('runtime.about().then(introduce)')
    expect(result.code).toBe(0)
    await expectNothingLeft(result)
  })

  test('may exit in the middle of a run', async () => {
    const result = await program(`${startSlow} setTimeout(() => process.exit(7), 300)`)
    expect([result.code, result.signal]).toEqual([7, null])
    await expectNothingLeft(result)
  })

  test('may be killed while the host waits: it follows, and takes the temporary folders with it', async () => {
    const result = await program('await runtime.about(); introduce(); setInterval(() => {}, 1000)', (child) =>
      child.kill('SIGKILL'),
    )
    expect(result.signal).toBe('SIGKILL')
    await expectNothingLeft(result)
  })

  test('may be interrupted from the terminal, which tells the host too', async () => {
    const result = await program('await runtime.about(); introduce(); setInterval(() => {}, 1000)', (child) =>
      process.kill(-(child.pid as number), 'SIGINT'),
    )
    expect(result.signal).toBe('SIGINT')
    await expectNothingLeft(result)
  })
})

describe('an installation that is not whole', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'onnxpress-test-'))
    await cp(join(packageRoot(), 'dist'), join(folder, 'dist'), { recursive: true })
    await cp(join(packageRoot(), 'package.json'), join(folder, 'package.json'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  function complaint(): string {
    const script = `require('./dist/runtime').about().catch(({ code, message }) => console.log(code, message))`
    return spawnSync(process.execPath, ['-e', script], { cwd: folder, encoding: 'utf8' }).stdout.trim()
  }

  test('says how to get onnxruntime-node, and how to build', async () => {
    expect(complaint()).toBe(
      'NOT_AVAILABLE onnxruntime-node is not installed. Run `npm install onnxruntime-node`',
    )
    await rm(join(folder, 'dist', 'runtime', 'hostMain.js'))
    expect(complaint()).toMatch(
      /^NOT_AVAILABLE The compiled file dist\/runtime\/hostMain\.js is missing\. Run `npm run build:ts`/,
    )
  })
})
