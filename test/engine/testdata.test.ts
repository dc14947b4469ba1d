/**
 * Every model of ONNX's own test suite (Debian's libonnx-testdata) that the engine computes by itself gives what
 * onnxruntime gives. Once as it is, and once with all inputs but the first made constants.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describeWithTestData, TEST_DATA } from '../onnx/support/testData'
import type { Task, Verdict } from './testdataWorker'

const WORKER = join(__dirname, 'testdataWorker.ts')
const REGISTER = join(__dirname, '../support/typescript.js')

function folders(root: string): string[] {
  if (existsSync(join(root, 'model.onnx'))) return [root]
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => folders(join(root, entry.name)))
}

/** Sends task after task to a child; where one ends the child, another child takes the rest. */
async function judgeAll(tasks: readonly Task[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = []
  while (verdicts.length < tasks.length) {
    const child = fork(WORKER, { execArgv: ['-r', REGISTER], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    await feed(child, tasks, verdicts)
    child.kill()
  }
  return verdicts
}

function feed(child: ChildProcess, tasks: readonly Task[], verdicts: Verdict[]): Promise<void> {
  return new Promise((resolve) => {
    const next = () => {
      const task = tasks[verdicts.length]
      if (task) child.send(task)
      else resolve()
    }
    child.on('message', (verdict: Verdict) => {
      verdicts.push(verdict)
      next()
    })
    child.on('exit', (code, signal) => {
      const folder = tasks[verdicts.length]?.folder
      // onnxruntime refuses a few models by ending the process, before the engine has seen them.
      if (folder) verdicts.push({ folder, outcome: 'skipped', why: `the process ended: ${code ?? signal}` })
      resolve()
    })
    next()
  })
}

describeWithTestData('the models of libonnx-testdata', () => {
  test.each([
    ['as they are', false, 450],
    ['with constant inputs', true, 450],
  ])(
    '%s',
    async (_, frozen, least) => {
      const verdicts = await judgeAll(folders(TEST_DATA).map((folder) => ({ folder, frozen })))
      const of = (outcome: Verdict['outcome']) => verdicts.filter((verdict) => verdict.outcome === outcome)
      expect(of('different').map(({ folder, why }) => `${folder}: ${why}`)).toEqual([])
      expect(of('native').length).toBeGreaterThan(least)
      expect(verdicts.filter(({ why }) => /process ended/.test(why)).length).toBeLessThan(10)
    },
    300_000,
  )
})
