import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describeWithTestData, testModels } from './support/testData'

interface Line {
  path: string
  stage: 'original' | 'written' | 'done'
  isSame?: boolean
  ran?: boolean
  original?: unknown
  written?: unknown
}

/** Lines of one child; its last line tells where it crashed, if it did. */
function runBatch(paths: string[]): Promise<Line[]> {
  const support = join(__dirname, 'support')
  const child = spawn(process.execPath, [
    '--require',
    join(support, 'register.js'),
    join(support, 'corpusChild.ts'),
  ])
  let output = ''
  let errors = ''
  child.stdout.on('data', (data) => {
    output += data
  })
  child.stderr.on('data', (data) => {
    errors += data
  })
  child.stdin.end(JSON.stringify(paths))
  return new Promise((resolve, reject) => {
    child.on('close', () => {
      const lines = output.split('\n').filter(Boolean)
      if (lines.length > 0) resolve(lines.map((line) => JSON.parse(line) as Line))
      else reject(new Error(`The child said nothing: ${errors}`))
    })
  })
}

/** All results; a model that crashes onnxruntime ends its batch, and a new one starts behind it. */
async function runAll(paths: string[]): Promise<Line[]> {
  const results: Line[] = []
  for (let rest = paths; rest.length > 0; ) {
    const lines = await runBatch(rest)
    const done = lines.filter(({ stage }) => stage === 'done')
    results.push(...done)
    rest = rest.slice(done.length)
    const last = lines.at(-1)
    if (last && last.stage !== 'done') {
      // A crash on the original is onnxruntime's refusal of it; a crash on ours alone is our fault.
      results.push({ ...last, isSame: last.stage === 'original', ran: false })
      rest = rest.slice(1)
    }
  }
  return results
}

describeWithTestData('models as onnxpress writes them', () => {
  test('give the same outputs in onnxruntime, or the same refusal', async () => {
    const paths = testModels()
    const results = await runAll(paths)
    expect(results.filter(({ isSame }) => !isSame)).toEqual([])
    expect(results).toHaveLength(paths.length)
    expect(results.filter(({ ran }) => ran).length).toBeGreaterThan(900)
  })
})
