/** Runs ES-module code against the OCR example in a Node of its own: jest's sandbox has no ES modules. */

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** The example's folder; the code's relative imports start here. */
export const exampleFolder = join(__dirname, '..', '..', 'examples', 'ocr')

/**
 * Runs code in the example's folder.
 * @param code statements with top-level `await` and `import`; the value handed to `give(value)` comes back, as JSON
 */
export function runModule(code: string): unknown {
  const program = `const give = (value) => process.stdout.write(JSON.stringify(value))\n${code}`
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: exampleFolder,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  return JSON.parse(output)
}
