/** Runs ES-module code in a Node of its own: jest's sandbox has no ES modules. */
import { execFileSync } from 'node:child_process'

/**
 * Runs code in a folder, from which its relative imports start.
 * @param code statements with top-level `await` and `import`; the value handed to `give(value)` comes back, as JSON
 */
export function runModuleIn(folder: string, code: string): unknown {
  const program = `const give = (value) => process.stdout.write(JSON.stringify(value))\n${code}`
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  return JSON.parse(output)
}
