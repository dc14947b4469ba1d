/**
 * Patterns in the zeros of a weight. A kernel skips zeros only where they lie as it needs them: a block R×C, R outputs
 * that share C consecutive input channels at one kernel position, all zero or none; or N:M, at most N that are not zero
 * among M consecutive input channels.
 */

/** Where a weight is not zero. */
export interface NonZeros {
  readonly outputs: number
  /** Kernel positions; 1 for a matrix. */
  readonly taps: number
  /** Input channels that one output sees. */
  readonly channels: number
  /** [outputs, taps, channels]: 1 where the weight is not zero. */
  readonly flags: Uint8Array
}

/** Blocks that kernels are written for, the largest first: outputs × input channels. */
const BLOCKS = [
  [32, 4],
  [16, 4],
  [8, 4],
  [4, 4],
  [8, 1],
  [4, 1],
] as const

const GROUPS = [
  [1, 4],
  [2, 4],
  [4, 8],
] as const

/** With fewer zeros a pattern would be an accident, and of no use. */
const LEAST_ZEROS = 0.2
/** Share of the zeros that must lie in blocks of zeros; a few more lie anywhere in any weight. */
const IN_BLOCKS = 0.95

/** The patterns that the zeros follow: the largest block, and the tightest N:M. */
export function patternsOf(weight: NonZeros): string[] {
  const zeros = weight.flags.reduce((count, flag) => count + (1 - flag), 0)
  if (zeros < LEAST_ZEROS * weight.flags.length) return []
  const block = BLOCKS.find(([rows, columns]) => zerosInBlocks(weight, rows, columns) >= IN_BLOCKS * zeros)
  const group = GROUPS.find(([n, m]) => followsNOfM(weight, n, m))
  return [...(block ? [block.join('x')] : []), ...(group ? [group.join(':')] : [])]
}

/** Zeros that lie in blocks of nothing else; ragged blocks at the ends count as blocks. */
function zerosInBlocks({ outputs, taps, channels, flags }: NonZeros, rows: number, columns: number): number {
  let zeros = 0
  for (let row = 0; row < outputs; row += rows) {
    for (let tap = 0; tap < taps; tap++) {
      for (let channel = 0; channel < channels; channel += columns) {
        const [bottom, right] = [Math.min(outputs, row + rows), Math.min(channels, channel + columns)]
        if (
          isZeroBlock(
            flags,
            { row, bottom, stride: taps * channels },
            tap * channels + channel,
            right - channel,
          )
        )
          zeros += (bottom - row) * (right - channel)
      }
    }
  }
  return zeros
}

function isZeroBlock(
  flags: Uint8Array,
  { row, bottom, stride }: { row: number; bottom: number; stride: number },
  column: number,
  width: number,
): boolean {
  for (let at = row; at < bottom; at++) {
    const start = at * stride + column
    for (let index = start; index < start + width; index++) if (flags[index]) return false
  }
  return true
}

function followsNOfM({ channels, flags }: NonZeros, n: number, m: number): boolean {
  if (channels % m !== 0) return false
  for (let start = 0; start < flags.length; start += m) {
    let count = 0
    for (let index = start; index < start + m; index++) count += flags[index] as number
    if (count > n) return false
  }
  return true
}
