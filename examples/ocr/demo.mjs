// The whole road in one run: calibration lines to .npy, the recognizer through the command line, then the result held
// against the original on lines of another rendering. `npm run demo` builds the package and runs this.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { leftAlone } from './leftAlone.mjs'
import { measure, toTable } from './measure.mjs'
import { models } from './models.mjs'
import { samplesOf } from './samples.mjs'
import { writeNpyFolder } from './toNpy.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const out = join(root, 'examples', 'ocr', 'out')
const cli = join(root, 'dist', 'cli', 'main.js')
const result = join(out, 'rec.int8.onnx')
const reportFile = join(out, 'report.json')
const sampleFolder = join(out, 'calibration')

/** A path as the user would type it. */
const short = (path) => (isAbsolute(path) ? relative(process.cwd(), path) : path)

/** Runs the command just as a user would, in view. */
function compress() {
  const options = ['compress', models.rec, result, '--quantize', 'int8', '--samples', sampleFolder]
  const args = [...options, '--report', reportFile].map(short)
  console.log(`\n$ onnxpress ${args.join(' ')}`)
  const { status, signal } = spawnSync(process.execPath, [cli, ...args], { stdio: 'inherit' })
  if (status !== 0) throw new Error(`onnxpress compress ended with ${signal ?? `exit code ${status}`}`)
}

async function main() {
  if (!existsSync(cli))
    throw new Error(`Expected the command at ${short(cli)}, found nothing: run npm run build first`)
  await mkdir(out, { recursive: true })
  const count = await writeNpyFolder(sampleFolder, samplesOf('rec', 'calibration'))
  console.log(`${count} calibration lines in ${short(sampleFolder)}`)
  compress()
  const measured = await measure([models.rec, result])
  console.log(
    `\nHeld-out: ${measured[0].lines} lines, ${measured[0].characters} characters; latency on one thread, medians\n`,
  )
  console.table(toTable(measured))
  console.log(leftAlone(JSON.parse(await readFile(reportFile, 'utf8'))))
}

await main()
