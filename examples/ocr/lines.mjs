// The shipped set: text-line images and pages with their true text.

import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const sets = ['calibration', 'held-out']

async function load(kind, set) {
  if (!sets.includes(set)) throw new Error(`Expected one of ${sets.join(', ')} as the set, received ${set}`)
  const folder = join(here, kind, set)
  const labels = JSON.parse(await readFile(join(folder, 'labels.json'), 'utf8'))
  return Object.entries(labels).map(([name, label]) => ({ name, file: join(folder, name), label }))
}

/**
 * Lists the text lines of a set, in order.
 * @param {'calibration' | 'held-out'} set
 * @returns {Promise<{ name: string, file: string, text: string }[]>}
 */
export async function loadLines(set) {
  return (await load('lines', set)).map(({ name, file, label }) => ({ name, file, text: label }))
}

/**
 * Lists the pages of a set; each line's box is [left, top, right, bottom] in pixels.
 * @param {'calibration' | 'held-out'} set
 * @returns {Promise<{ name: string, file: string, lines: { text: string, box: number[] }[] }[]>}
 */
export async function loadPages(set) {
  return (await load('pages', set)).map(({ name, file, label }) => ({ name, file, lines: label }))
}
