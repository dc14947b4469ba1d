import { runModule } from './runModule'

test('the original recognizer reads the held-out lines: at least 97% of the characters', () => {
  const result = runModule(`
    import { measure } from './measure.mjs'
    import { models } from './models.mjs'
    const [{ lines, charactersRight, linesRight }] = await measure([models.rec], { limit: 32, latencyLines: 0 })
    give({ lines, charactersRight, linesRight })
  `) as { lines: number; charactersRight: number; linesRight: number }
  expect(result.lines).toBe(32)
  expect(result.charactersRight).toBeGreaterThan(0.97)
  expect(result.linesRight).toBeGreaterThan(0.8)
})

test('interleaved latency: a model against itself is about as fast', () => {
  const times = runModule(`
    import { timeInterleaved } from './latency.mjs'
    import { models } from './models.mjs'
    import { samplesOf } from './samples.mjs'
    const arrays = []
    for await (const { array } of samplesOf('cls', 'calibration')) if (arrays.length < 8) arrays.push(array)
    give(await timeInterleaved([models.cls, models.cls], arrays, 6))
  `) as { milliseconds: number; ratio: number }[]
  expect(times).toHaveLength(2)
  expect(times[0]?.ratio).toBe(1)
  expect(times[0]?.milliseconds).toBeGreaterThan(0)
  expect(times[1]?.ratio).toBeGreaterThan(0.5)
  expect(times[1]?.ratio).toBeLessThan(2)
})

test('the classifier tells upright lines from those turned over', () => {
  const right = runModule(`
    import { models } from './models.mjs'
    import { openSession, score } from './recognize.mjs'
    import { samplesOf } from './samples.mjs'
    const session = await openSession(models.cls, 1)
    let right = 0
    let index = 0
    for await (const { array } of samplesOf('cls', 'calibration')) {
      const [upright, turned] = await score(session, array)
      if (turned > upright === (index++ % 2 === 1)) right++
    }
    give(right / index)
  `)
  expect(right).toBeGreaterThan(0.95)
})
