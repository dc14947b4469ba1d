import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** How a child process ended. */
export interface Ended {
  status: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/**
 * Runs a TypeScript script of this folder in a process of its own, for what could end or fill a process.
 * @param killAfterMs when to end it with SIGKILL
 */
export function runChild(
  script: string,
  parameters: string[],
  killAfterMs?: number,
  flags: string[] = [],
): Promise<Ended> {
  const register = join(__dirname, 'register.js')
  const child = spawn(process.execPath, [
    ...flags,
    '--require',
    register,
    join(__dirname, script),
    ...parameters,
  ])
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (data) => {
    output.stdout += data
  })
  child.stderr.on('data', (data) => {
    output.stderr += data
  })
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  return new Promise((resolve) => {
    child.on('close', (status, signal) => {
      clearTimeout(timer)
      resolve({ status, signal, ...output })
    })
  })
}
