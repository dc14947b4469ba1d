import { makeProgress } from '../../src/cli/progress'

function stream(isTTY: boolean) {
  const written: string[] = []
  const fake = { isTTY, columns: 30, write: (text: string) => written.push(text) > 0 }
  return { fake: fake as unknown as NodeJS.WriteStream, written }
}

const event = (stage: string, ratio: number, what?: string) => ({ stage, ratio, ...(what && { what }) })

test('without a terminal: a line a stage', () => {
  const { fake, written } = stream(false)
  const { onProgress, done } = makeProgress(false, fake)
  for (const each of [event('a', 0), event('a', 0.5), event('b', 0), event('b', 1), event('a', 0)])
    onProgress(each)
  done()
  expect(written).toEqual(['a ...\n', 'b ...\n', 'a ...\n'])
})

test('JSON: an event a line, the same one never twice in a row', () => {
  const { fake, written } = stream(true)
  const { onProgress } = makeProgress(true, fake)
  for (const ratio of [0, 0.001, 0.5, 0.501, 1]) onProgress(event('a', ratio))
  expect(written.map((line) => JSON.parse(line))).toEqual([
    { event: 'progress', stage: 'a', ratio: 0 },
    { event: 'progress', stage: 'a', ratio: 0.5 },
    { event: 'progress', stage: 'a', ratio: 1 },
  ])
})

test('a terminal: one line that fits, renewed, and cleared in the end', () => {
  const { fake, written } = stream(true)
  const { onProgress, done } = makeProgress(false, fake)
  onProgress(event('quantize', 1, 'p2o.\u001b[2JConv.17 and a name that is much too long'))
  done()
  const text = written.join('')
  expect(text).not.toContain('\n')
  expect(written[1]?.length).toBeLessThanOrEqual(29)
  expect(written[1]).not.toContain('\u001b')
  expect(written.at(-1)).toBe('\r\u001b[K')
})

test('a terminal is not flooded', () => {
  const { fake, written } = stream(true)
  const { onProgress } = makeProgress(false, fake)
  for (let index = 0; index < 1000; index++) onProgress(event('a', index / 2000))
  expect(written.length).toBeLessThan(100)
})
