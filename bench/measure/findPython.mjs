// The Python that has the peers: ONNXPRESS_PYTHON, bench/.venv (see setup.sh), or python3 if it has them.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const venv = fileURLToPath(new URL('../.venv/bin/python', import.meta.url))

const PEERS = ['onnx', 'onnxruntime', 'sympy']

/** `python3` may be a script that picks an interpreter, so the interpreter itself is asked where it is. */
const question = (modules) => `
import json, sys, ${modules.join(', ')}
print(json.dumps({"command": sys.executable, "versions": {m.__name__: m.__version__ for m in (${modules.join(', ')},)}}))
`

/**
 * @param {readonly string[]} [modules] that it must have
 * @returns {{ command: string, versions: Readonly<Record<string, string>> } | undefined} versions by module
 */
export function findPython(modules = PEERS) {
  const candidates = [process.env.ONNXPRESS_PYTHON, existsSync(venv) ? venv : undefined, 'python3']
  for (const command of candidates.filter(Boolean)) {
    const { status, stdout } = spawnSync(command, ['-c', question(modules)], { encoding: 'utf8' })
    if (status === 0) return JSON.parse(stdout)
  }
  return undefined
}
