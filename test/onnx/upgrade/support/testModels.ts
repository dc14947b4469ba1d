import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = '/usr/share/libonnx-testdata/data'
const KINDS = ['node', 'simple', 'real', 'pytorch-converted', 'pytorch-operator']

/** Folders of Debian's libonnx-testdata that hold a model; none where the package is not installed. */
export function testModels(): string[] {
  return KINDS.map((kind) => join(ROOT, kind))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .sort()
        .map((name) => join(folder, name)),
    )
    .filter((folder) => existsSync(join(folder, 'model.onnx')))
}
