/**
 * `prune.nOfM`: of each M consecutive input channels of an output, N weights stay.
 *
 * Sparse tensor cores want the pattern along the axis that products are summed over. For matrix products and 1×1
 * convolutions that is the input channels. A k×k convolution is summed over kernel positions and channels; its weights
 * are stored with the channels innermost, [K, R, S, C] (Mishra et al. 2021, "Accelerating Sparse Deep Neural Networks",
 * §3), so a group is M consecutive input channels at one kernel position.
 */
import { badArgument } from '../../errors'
import type { Pass } from '../pass'
import { depthwiseRefusal, transposedRefusal } from './maskMethod'
import { checkMaskOptions, type MaskOptions } from './maskOptions'
import { maskPass } from './maskPass'

export interface NOfMOptions extends MaskOptions {
  /** `'N:M'`: of each M consecutive weights N stay, 1 ≤ N < M ≤ 64; `'2:4'` is what sparse tensor cores run. */
  readonly pattern: `${number}:${number}`
}

const WHERE = 'prune.nOfM'
const LARGEST = 64

/**
 * Leaves N of each M weights along the input channels. With samples the weights that stay are solved for anew. Layers
 * whose input channels M does not divide are skipped with the reason. onnxruntime's CPU kernels gain nothing from the
 * pattern.
 * @throws OnnxpressError `BAD_ARGUMENT` for options out of range; when applied also `BAD_SAMPLES` where the score needs
 * samples and none were given.
 */
export function pruneNOfM(options: NOfMOptions): Pass {
  const { n, m } = parse(options?.pattern)
  checkMaskOptions(options, WHERE)
  return maskPass(options, {
    name: WHERE,
    pattern: `${n}:${m}`,
    ratio: 1 - n / m,
    isGlobal: false,
    hasLayerRatios: false,
    patternOf: () => ({ kind: 'nOfM', n, m }),
    refusal: (layer, shape) =>
      transposedRefusal(layer) ?? depthwiseRefusal(shape) ?? lengthRefusal(shape.channels, m),
  })
}

function lengthRefusal(channels: number, m: number): string | undefined {
  return channels % m === 0 ? undefined : `its ${channels} input channels are no multiple of ${m}`
}

function parse(pattern: unknown): { n: number; m: number } {
  const [, n, m] = /^(\d{1,2}):(\d{1,2})$/.exec(typeof pattern === 'string' ? pattern : '') ?? []
  const sizes = { n: Number(n), m: Number(m) }
  if (sizes.n >= 1 && sizes.n < sizes.m && sizes.m <= LARGEST) return sizes
  throw badArgument(`pattern to be 'N:M' with 1 ≤ N < M ≤ ${LARGEST}, such as '2:4'`, WHERE, pattern)
}
