// Where figures go: a table for the eye, a file for later.

import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { megabytes, seconds } from './units.mjs'

const folder = fileURLToPath(new URL('../results', import.meta.url))

/** What must be known to read the figures. */
export function machine(python) {
  return {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    node: process.version,
    load: loadavg(),
    python: python?.versions,
  }
}

/** Prints rows `{ job, tool, measured, note }`; `measured` is missing where a peer is not installed. */
export function printRows(rows) {
  const lines = rows.map(({ job, tool, measured, note = '' }) => ({
    job,
    tool,
    seconds: measured ? seconds(measured.seconds) : 'not installed',
    'cpu seconds': measured ? seconds(measured.cpuSeconds) : '',
    'peak memory': measured ? megabytes(measured.peakBytes) : '',
    load: measured ? measured.load.toFixed(1) : '',
    note,
  }))
  console.table(lines)
}

/** @returns {Promise<string>} the file's path, named after the second and the bench */
export async function writeResults(bench, results) {
  await mkdir(folder, { recursive: true })
  const second = new Date().toISOString().slice(0, 19).replaceAll(':', '')
  const file = `${folder}/${second}-${bench}.json`
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`)
  return file
}
