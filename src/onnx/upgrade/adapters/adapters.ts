import type { Adapt } from '../adapter'
import { attributesToInputs } from './attributesToInputs'
import { broadcast } from './broadcast'
import { floatsToInputs } from './floatsToInputs'
import { legacyAttributes } from './legacyAttributes'
import { names } from './names'
import { normalization } from './normalization'
import { resize } from './resize'
import { scan } from './scan'
import { softmax } from './softmax'
import { split } from './split'

const THEMES = [
  attributesToInputs,
  broadcast,
  floatsToInputs,
  legacyAttributes,
  names,
  normalization,
  resize,
  scan,
  softmax,
  split,
]

const byVersion = new Map<string, Adapt>()
for (const table of THEMES.flat()) {
  for (const [opType, steps] of Object.entries(table))
    for (const [version, adapt] of Object.entries(steps)) byVersion.set(`${opType} ${version}`, adapt)
}

/** The adapter that leads an operator to `version` from the version before. */
export function adapterFor(opType: string, version: number): Adapt | undefined {
  return byVersion.get(`${opType} ${version}`)
}

/** All adapters as `'Softmax 13'`. */
export function adapterNames(): string[] {
  return [...byVersion.keys()]
}
