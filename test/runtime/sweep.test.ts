import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  about,
  closeRuntime,
  type Feeds,
  modelInputs,
  SampleStore,
  Session,
  sweep,
  timeSessions,
} from '../../src/runtime'
import { addOneModel, classifierPath, floats, image, slowFeeds, slowModel } from './support'

/** Sums what all sessions give, element by element; `pause` to see who waits. */
const SUMMING = `exports.createReducer = ({ fail }) => {
  const seen = []
  return {
    async add(outputs, { index, feeds }) {
      if (index === fail) throw new Error('no more')
      seen.push([index, Object.keys(feeds), ...outputs.map((each) => Object.entries(each).map(([name, { data }]) => [name, data.reduce((a, b) => a + b, 0)]))])
    },
    finish: () => seen,
  }
}`

let folder: string
let summing: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onnxpress-test-'))
  summing = join(folder, 'summing.js')
  await writeFile(summing, SUMMING)
})
afterAll(() => rm(folder, { recursive: true }))
afterAll(closeRuntime)

async function storeOf(feeds: Iterable<Feeds>): Promise<SampleStore> {
  return SampleStore.spool(feeds, modelInputs(addOneModel()))
}

describe('sweep', () => {
  test('runs every session on every sample, in order, whatever their shapes', async () => {
    const sessions = [
      await Session.create(addOneModel()),
      await Session.create(addOneModel(), { optimization: 'disabled' }),
    ]
    const store = await storeOf([{ x: floats([1]) }, { x: floats([1, 2, 3]) }])
    const progress: number[] = []
    const reducer = { module: summing, config: {} }
    const seen = await sweep({ sessions, store, reducer, onProgress: (done) => progress.push(done) })
    expect(seen).toEqual([
      [0, ['x'], [['y', 2]], [['y', 2]]],
      [1, ['x'], [['y', 9]], [['y', 9]]],
    ])
    expect(progress).toEqual([1, 2])
    expect(await sweep({ sessions, store, reducer, limit: 1, fetches: ['y'] })).toHaveLength(1)
    await Promise.all([...sessions.map((session) => session.release()), store.dispose()])
  })

  test('passes on what a reducer throws', async () => {
    const store = await storeOf([{ x: floats([1]) }, { x: floats([2]) }])
    const reducer = { module: summing, config: { fail: 1 } }
    await expect(sweep({ sessions: [], store, reducer })).rejects.toMatchObject({
      code: 'RUNTIME',
      message: 'no more',
    })
    const missing = { module: join(folder, 'none.js'), config: {} }
    await expect(sweep({ sessions: [], store, reducer: missing })).rejects.toMatchObject({ code: 'RUNTIME' })
    await store.dispose()
  })

  test('leaves the event loop free', async () => {
    const session = await Session.create(classifierPath)
    const samples = Array.from({ length: 24 }, (_, index) => ({ x: image([1, 3, 48, 192], index) }))
    const store = await SampleStore.spool(samples, [
      { name: 'x', type: 'float32', dims: undefined, optional: false },
    ])
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    await sweep({ sessions: [session], store, reducer: { module: summing, config: {} } })
    delay.disable()
    expect(delay.percentile(99) / 1e6).toBeLessThan(50)
    await Promise.all([session.release(), store.dispose()])
  })

  test('stops within 250 ms', async () => {
    const session = await Session.create(slowModel(100000), { threads: 1 })
    const store = await SampleStore.spool([slowFeeds()], modelInputs(slowModel(1)))
    const controller = new AbortController()
    const running = sweep({
      sessions: [session],
      store,
      reducer: { module: summing, config: {} },
      signal: controller.signal,
    })
    await sleep(200)
    const start = performance.now()
    controller.abort()
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' })
    expect(performance.now() - start).toBeLessThan(250)
    await Promise.all([session.release(), store.dispose()])
  })

  test('takes no more memory for more samples', async () => {
    const session = await Session.create(classifierPath, { arena: false })
    const inputs = [{ name: 'x', type: 'float32', dims: undefined, optional: false }]
    function* samples(count: number) {
      for (let index = 0; index < count; index++)
        yield { x: image([1, 3, 48, 192 + 32 * (index % 8)], index) }
    }
    const rss: number[] = []
    for (const count of [8, 64]) {
      const store = await SampleStore.spool(samples(count), inputs)
      await sweep({ sessions: [session], store, reducer: { module: summing, config: {} } })
      rss.push((await about()).rssBytes)
      await store.dispose()
    }
    expect((rss[1] as number) - (rss[0] as number)).toBeLessThan(24 * 2 ** 20)
    await session.release()
  })
})

describe('timeSessions', () => {
  test('gives the seconds of each run of each session', async () => {
    const sessions = [
      await Session.create(slowModel(1), { threads: 1 }),
      await Session.create(slowModel(20), { threads: 1 }),
    ]
    const store = await SampleStore.spool([slowFeeds()], modelInputs(slowModel(1)))
    const seconds = await timeSessions(sessions, store, { repeats: 5, warmup: 1 })
    expect(seconds.map((each) => each.length)).toEqual([5, 5])
    const [quick = 0, slow = 0] = seconds.map((each) => Math.min(...each))
    expect(quick).toBeGreaterThan(0)
    expect(slow).toBeGreaterThan(3 * quick)
    await Promise.all([...sessions.map((session) => session.release()), store.dispose()])
  })

  test('refuses to time nothing', async () => {
    const store = await storeOf([{ x: floats([1]) }])
    await expect(timeSessions([], store, { repeats: 0 })).rejects.toThrow(
      'Expected repeats of at least 1 for timeSessions, received 0',
    )
    await store.dispose()
  })
})
