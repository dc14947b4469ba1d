/** What onnxruntime does with 8-bit products on this processor. */
import { cpu } from '../native'

/** Sets with which products of bytes are summed in 32 bits. */
const EXACT_SETS = ['avxvnni', 'avx512vnni']

/**
 * Whether onnxruntime, left to itself, adds products of unsigned by signed bytes in 16 bits, which saturate: on x86 without
 * VNNI. Where kernels are held down by `ONNXPRESS_ISA` it cannot be told, and false; so too without the addon.
 */
export function bytesSaturate(): boolean {
  if (process.arch !== 'x64') return false
  try {
    const { available, forced } = cpu()
    return forced === undefined && !available.some((isa) => EXACT_SETS.includes(isa))
  } catch {
    return false
  }
}
