import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** ONNX's own test models, as Debian packages them. */
export const TEST_DATA = '/usr/share/libonnx-testdata/data'

/** `describe`, skipped by name where the test models are not installed. */
export const describeWithTestData = existsSync(TEST_DATA)
  ? describe
  : (name: string, body: () => void) => describe.skip(`${name} (apt-get install libonnx-testdata)`, body)

/** Every model of the test data. */
export function testModels(): string[] {
  if (!existsSync(TEST_DATA)) return []
  const entries = readdirSync(TEST_DATA, { recursive: true, encoding: 'utf8' })
  return entries
    .filter((name) => name.endsWith('.onnx'))
    .map((name) => join(TEST_DATA, name))
    .sort()
}
