/** The bench is made of ES modules, which jest cannot import: another process runs them. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const benchFolder = join(__dirname, '..', '..', 'bench')

/** Runs ES-module code in the bench's folder; the value handed to `give(value)` comes back, as JSON. */
export function runModule(code: string): unknown {
  const program = `const give = (value) => process.stdout.write(JSON.stringify(value))\n${code}`
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: benchFolder,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  return JSON.parse(output)
}
