// Runs a job in a process of its own, measures it from outside, and takes what it says on its last line.

import { spawn } from 'node:child_process'
import { loadavg } from 'node:os'
import { performance } from 'node:perf_hooks'
import { ProcessTree } from './processTree.mjs'

const STDERR_KEPT = 4000

/**
 * @typedef {object} Measured
 * @property {number} seconds what the job itself took, without the start of its process and its imports
 * @property {number} wallSeconds from the start of its process to its end
 * @property {number} peakBytes peak memory of all its processes, see `ProcessTree`
 * @property {number} togetherBytes
 * @property {number} load the machine's load average as the job began
 */

/**
 * @param {[command: string, ...args: string[]]} command ends with one line of JSON on standard output
 * @returns {Promise<Measured & Record<string, unknown>>} what the job said, and what was measured
 */
export async function runJob([command, ...args]) {
  const [load] = loadavg()
  const start = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const tree = new ProcessTree(child.pid)
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    errors = (errors + chunk).slice(-STDERR_KEPT)
  })
  const code = await new Promise((resolve, reject) =>
    child.on('error', reject).on('close', (status, signal) => resolve(signal ?? status)),
  )
  const memory = tree.stop()
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${code}:\n${errors}`)
  const said = JSON.parse(output.trim().split('\n').at(-1))
  return { ...said, wallSeconds: (performance.now() - start) / 1000, ...memory, load }
}
