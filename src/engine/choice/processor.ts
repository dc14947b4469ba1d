/** What this processor can do: asked once, since lowering asks for every layer. */
import { type CpuInfo, cpu } from '../../native'

let found: CpuInfo | undefined

export function processor(): CpuInfo {
  found ??= cpu()
  return found
}

/** Whether its products of bytes saturate, so that dense kernels take weights in pairs of words (cpp/qpairs). */
export function takesPairs(): boolean {
  return processor().isa === 'avx2'
}
