/** The passes that a recipe may name. */
import { upgradeOpset } from '../compress/upgradePass'
import { storeFloat16, toFloat32 } from '../passes/float32'
import { lowRank } from '../passes/lowRank'
import type { Pass } from '../passes/pass'
import { prune } from '../passes/prune'
import { quantize } from '../passes/quantize'
import { simplify } from '../passes/simplify'

export type PassFactory = (options: never) => Pass

/** Factories by the names that recipes use, which are those of the library. */
export const registry: ReadonlyMap<string, PassFactory> = new Map<string, PassFactory>([
  ['upgradeOpset', upgradeOpset],
  ['toFloat32', toFloat32],
  ['storeFloat16', storeFloat16],
  ['simplify', simplify],
  ['lowRank', lowRank],
  ...named('prune', prune),
  ...named('quantize', quantize),
])

function named(family: string, passes: Readonly<Record<string, PassFactory>>): [string, PassFactory][] {
  return Object.entries(passes).map(([name, factory]) => [`${family}.${name}`, factory])
}
