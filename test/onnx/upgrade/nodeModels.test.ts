import { fork } from 'node:child_process'
import { join } from 'node:path'
import { DEFAULT_OPSET } from '../../../src/onnx/upgrade/upgradeOpset'
import type { CaseResult } from './support/compareCase'
import { testModels } from './support/testModels'

/** Runs cases in a process of their own; where it dies, the case it was at is broken and the rest go on in another. */
async function runBatch(folders: readonly string[]): Promise<CaseResult[]> {
  if (folders.length === 0) return []
  const results: CaseResult[] = []
  const child = fork(join(__dirname, 'support', 'child.js'), { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  child.on('message', (message) => results.push(message as CaseResult))
  child.send({ folders, target: DEFAULT_OPSET })
  const code = await new Promise((resolve) => child.on('exit', resolve))
  if (results.length === folders.length) return results
  const died: CaseResult = {
    name: folders[results.length] ?? '',
    outcome: 'broken',
    detail: `exit code ${code}`,
  }
  return [...results, died, ...(await runBatch(folders.slice(results.length + 1)))]
}

// Without Debian's libonnx-testdata there is nothing to run.
const testWithData = testModels().length > 0 ? test : test.skip

testWithData('every model of the test data gives the same results after its upgrade', async () => {
  const folders = testModels()
  const half = Math.ceil(folders.length / 2)
  const results = (
    await Promise.all([runBatch(folders.slice(0, half)), runBatch(folders.slice(half))])
  ).flat()
  expect(results).toHaveLength(folders.length)
  expect(results.filter(({ outcome }) => outcome === 'different' || outcome === 'broken')).toEqual([])
  expect(results.filter(({ outcome }) => outcome === 'refused')).toEqual([])
  const equal = results.filter(({ outcome }) => outcome === 'equal').length
  expect(equal).toBeGreaterThan(1000)
  // Those that onnxruntime-node cannot run before either: sequences and other feeds without arrays, missing kernels.
  expect(results.filter(({ outcome }) => outcome === 'notRunnable').length).toBeLessThan(65)
})
