import { runChild } from './child'

/** `start(n)` begins n long runs and waits for none. */
const prelude = `
  const x = new Float32Array(30_000_000).fill(0.3)
  const start = (n) => Array.from({ length: n }, () =>
    native.quantizationError(x, { scale: 0.01, zeroPoint: 0, dataType: 'int8' }))
  `

/** A script whose worker runs `body`, with `native` and `start` there too. */
function withWorkers(body: string, main: string): string {
  const source = JSON.stringify(
    `const { workerData } = require('node:worker_threads');const native = require(workerData);${prelude}${body}`,
  )
  const room = `require('node:path').join(process.cwd(), 'src', 'native')`
  return `
    const { Worker } = require('node:worker_threads')
    const newWorker = () => new Worker(${source}, { eval: true, workerData: ${room} })
    ;(async () => { ${main} })()`
}

const told = `
  require('node:worker_threads').parentPort.postMessage('started')
  `
const terminateOne = `
  const worker = newWorker()
  await new Promise((resolve) => worker.once('message', resolve))
  await worker.terminate()
  `

// 134 and 139 are what a shell says of an abort and a segmentation fault; here they show as signals.
function expectEnd(script: string, code: number, environment: Record<string, string> = {}): string {
  const ended = runChild(script, environment)
  expect({ code: ended.code, signal: ended.signal }).toEqual({ code, signal: null })
  return ended.stdout
}

describe('the process ends as it was told to while kernels run', () => {
  test.each(['1', '2', '16'])('process.exit, %s threads', (threads) => {
    for (const delay of [0, 5, 30]) {
      expectEnd(`${prelude} start(6); setTimeout(() => process.exit(7), ${delay})`, 7, {
        ONNXPRESS_THREADS: threads,
      })
    }
  })

  test.each([
    ['a decomposition', 'native.svd(square, n, n)'],
    ['pruning', "native.pruneWeights({ ...layer, pattern: { kind: 'unstructured', ratio: 0.5 } })"],
  ])('process.exit during %s', (_, call) => {
    const script = `
      const n = 1500
      const square = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : Math.sin(i) / n))
      const layer = { weights: Float32Array.from(square), rows: n, columns: n, gram: square }
      ${call}
      setTimeout(() => process.exit(7), 50)`
    const begin = Date.now()
    expectEnd(script, 7)
    expect(Date.now() - begin).toBeLessThan(10_000)
  })

  test('process.exit at once', () => {
    expectEnd(`${prelude} start(3); process.exit(3)`, 3)
  })

  test('an exception that nobody catches', () => {
    expectEnd(`${prelude} start(3); setTimeout(() => { throw new Error('on purpose') }, 3)`, 1)
  })

  test('the natural end waits for the promises', () => {
    expect(expectEnd(`${prelude} Promise.all(start(3)).then(() => console.log('all done'))`, 0)).toBe(
      'all done\n',
    )
  })

  test('a loaded addon with nothing to do keeps no process alive', () => {
    expectEnd('native.cpu()', 0)
    expectEnd(`native.minMax(new Float32Array(10))`, 0)
  })
})

describe('workers end while kernels run', () => {
  test('terminate, again and again, the addon loaded by workers only', () => {
    const main = `for (let k = 0; k < 6; k++) { ${terminateOne} } console.log('fine')`
    expect(expectEnd(withWorkers(`start(4); ${told}`, main), 0)).toBe('fine\n')
  })

  test('terminate in the middle of a call, of a good one and of one that throws', () => {
    const body = `
      const raw = require(require('node:path').join(workerData, 'addon')).addon()
      const few = new Float32Array(8)
      ${told}
      for (let k = 0; ; k++) {
        if (k % 2000 < 100) raw.quantizationError(few, 1, 1, 8, Float32Array.of(1), new Int32Array(1), -8, 7, new Float64Array(1))
        else try { raw.quantizationError(few, 1, 1, 8, Float32Array.of(1), new Int32Array(1), -8, 0.5) } catch {}
      }`
    const main = `for (let k = 0; k < 12; k++) { ${terminateOne} } console.log('fine')`
    expect(expectEnd(withWorkers(body, main), 0)).toBe('fine\n')
  })

  test('terminate while the main thread runs kernels too', () => {
    const main = `
      const own = native.minMax(new Float32Array(20_000_000).fill(2))
      ${terminateOne}
      console.log((await own).max, (await native.minMax(Float32Array.of(1, 9))).max)`
    expect(expectEnd(withWorkers(`start(4); ${told}`, main), 0)).toBe('2 9\n')
  })

  test('process.exit inside a worker, and in the main thread around it', () => {
    const main = `
      const worker = newWorker()
      const code = await new Promise((resolve) => worker.once('exit', resolve))
      const other = newWorker()
      await new Promise((resolve) => other.once('online', resolve))
      setTimeout(() => process.exit(code + 1), 40)`
    expectEnd(withWorkers(`start(4); setTimeout(() => process.exit(5), 5)`, main), 6)
  })

  test('a worker that is done ends by itself, and the next one loads the addon anew', () => {
    const body = `Promise.all(start(1)).then(() => { ${told} })`
    const main = `
      for (let k = 0; k < 3; k++) {
        const worker = newWorker()
        const code = await new Promise((resolve) => worker.once('exit', resolve))
        if (code !== 0) process.exit(9)
      }
      console.log('fine')`
    expect(expectEnd(withWorkers(body, main), 0)).toBe('fine\n')
  })
})
