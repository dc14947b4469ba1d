/** Runs a script in a Node process of its own, where `native` is src/native. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(__dirname, '..', '..')

export interface Ended {
  code: number | null
  signal: string | null
  stdout: string
  stderr: string
}

export function runChild(script: string, environment: Record<string, string> = {}): Ended {
  const native = JSON.stringify(join(root, 'src', 'native'))
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [
      '-r',
      join(root, 'test', 'support', 'typescript.js'),
      '-e',
      `const native = require(${native});${script}`,
    ],
    { cwd: root, env: { ...process.env, ...environment }, encoding: 'utf8', timeout: 150_000 },
  )
  return { code: status, signal, stdout, stderr }
}
