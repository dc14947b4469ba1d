/** |γ| of the BatchNormalizations that a channel goes through (Liu et al. 2017, "Network Slimming", §3). */
import type { Groups } from '../groups'
import { Importance } from './importance'

/** Input of BatchNormalization that scales. */
const SCALE = 1

/** By group; groups that go through none are not known. */
export function batchNorm(groups: Groups): Importance {
  const importance = new Importance(groups)
  for (const place of groups.places) {
    const { use, value } = place
    if (!use?.node.is('BatchNormalization') || use.index !== SCALE || !value?.constant) continue
    importance.addChannels(place, Float64Array.from(value.constant.toNumbers(), Math.abs))
  }
  return importance
}
