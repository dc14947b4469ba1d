/** What this processor can do: asked once, since lowering asks for every layer. */
import { type CpuInfo, cpu } from '../../native'

let found: CpuInfo | undefined

export function processor(): CpuInfo {
  found ??= cpu()
  return found
}
