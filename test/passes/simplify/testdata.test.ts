/**
 * Every model of ONNX's own test suite (Debian's libonnx-testdata): simplified, it gives the same outputs, or is
 * refused by onnxruntime as before. Once as it is, and once with all inputs but the first made constants.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Task, Verdict } from './testdataWorker'

const ROOT = '/usr/share/libonnx-testdata/data'
const WORKER = join(__dirname, 'testdataWorker.ts')
const REGISTER = join(__dirname, '../../support/typescript.js')

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
      if (folder)
        verdicts.push({
          folder,
          outcome: 'different',
          why: `the process ended: ${code ?? signal}`,
          nodes: [0, 0],
          bytes: [0, 0],
        })
      resolve()
    })
    next()
  })
}

const suite = existsSync(ROOT) ? describe : describe.skip

suite.each([
  ['as they are', false],
  ['with constant inputs', true],
])('the models of libonnx-testdata, %s', (_, frozen) => {
  let verdicts: Verdict[] = []

  beforeAll(async () => {
    verdicts = await judgeAll(folders(ROOT).map((folder) => ({ folder, frozen })))
  }, 180_000)

  test('none computes anything else', () => {
    expect(
      verdicts.filter((each) => each.outcome === 'different').map((each) => `${each.folder}: ${each.why}`),
    ).toEqual([])
  })

  test('nearly all were compared', () => {
    expect(verdicts.length).toBeGreaterThan(1000)
    expect(verdicts.filter((each) => each.outcome === 'same').length / verdicts.length).toBeGreaterThan(0.9)
  })

  test('none has more nodes or bytes, and many have fewer', () => {
    expect(verdicts.filter(({ nodes, bytes }) => nodes[1] > nodes[0] || bytes[1] > bytes[0])).toEqual([])
    expect(verdicts.filter(({ nodes }) => nodes[1] < nodes[0]).length).toBeGreaterThan(100)
  })
})
