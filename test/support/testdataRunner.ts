/** Judges ONNX's test models in a child process: onnxruntime ends the process for a few of them. */
import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const REGISTER = join(__dirname, 'typescript.js')

/** The folders below one that hold a model. */
export function modelFolders(root: string): string[] {
  if (existsSync(join(root, 'model.onnx'))) return [root]
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => modelFolders(join(root, entry.name)))
}

/** What judges models. */
export interface Judge<Task, Verdict> {
  /** A module that answers each message, a task, with one, a verdict. */
  readonly worker: string
  /** The verdict on a task at which the process ended. */
  readonly ended: (task: Task, how: number | string | null) => Verdict
}

/** Sends task after task to a child; where one ends the child, another child takes the rest. */
export async function judgeAll<Task extends object, Verdict>(
  tasks: readonly Task[],
  judge: Judge<Task, Verdict>,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = []
  while (verdicts.length < tasks.length) {
    const child = fork(judge.worker, {
      execArgv: ['-r', REGISTER],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    await feed(child, tasks, verdicts, judge)
    child.kill()
  }
  return verdicts
}

function feed<Task extends object, Verdict>(
  child: ChildProcess,
  tasks: readonly Task[],
  verdicts: Verdict[],
  { ended }: Judge<Task, Verdict>,
): Promise<void> {
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
      const task = tasks[verdicts.length]
      if (task) verdicts.push(ended(task, code ?? signal))
      resolve()
    })
    next()
  })
}
