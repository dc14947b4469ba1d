/** Where this package lies on disk, and where its compiled modules are: child processes can run nothing else. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OnnxpressError } from '../errors'

let root: string | undefined

/** The package's folder: the nearest one upwards whose `package.json` is called onnxpress. */
export function packageRoot(): string {
  root ??= findRoot(__dirname)
  return root
}

/**
 * Absolute path of a compiled module, named as in `src` without extension (`'runtime/hostMain'`).
 * @throws OnnxpressError `NOT_AVAILABLE` when the package was not built.
 */
export function compiledModule(name: string): string {
  const path = join(packageRoot(), 'dist', `${name}.js`)
  if (existsSync(path)) return path
  throw new OnnxpressError(
    'NOT_AVAILABLE',
    `The compiled file dist/${name}.js is missing. Run \`npm run build:ts\` in the package's folder`,
    { path },
  )
}

function findRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (packageName(join(folder, 'package.json')) === 'onnxpress') return folder
    if (folder === dirname(folder)) {
      throw new OnnxpressError(
        'NOT_AVAILABLE',
        'The package.json of onnxpress was not found; install it again',
      )
    }
  }
}

function packageName(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).name
  } catch {
    return undefined
  }
}
