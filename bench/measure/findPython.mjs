// The Python that has the peers: ONNXPRESS_PYTHON, bench/.venv (see setup.sh), or python3 if it has them.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const venv = fileURLToPath(new URL('../.venv/bin/python', import.meta.url))

/** `python3` may be a script that picks an interpreter, so the interpreter itself is asked where it is. */
const QUESTION = `
import json, sys, onnx, onnxruntime, sympy
versions = {"onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__}
print(json.dumps({"command": sys.executable, "versions": versions}))
`

/** @returns {{ command: string, versions: { onnx: string, onnxruntime: string } } | undefined} */
export function findPython() {
  const candidates = [process.env.ONNXPRESS_PYTHON, existsSync(venv) ? venv : undefined, 'python3']
  for (const command of candidates.filter(Boolean)) {
    const { status, stdout } = spawnSync(command, ['-c', QUESTION], { encoding: 'utf8' })
    if (status === 0) return JSON.parse(stdout)
  }
  return undefined
}
