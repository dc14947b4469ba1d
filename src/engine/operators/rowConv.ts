/**
 * A convolution of one channel along one axis is a product: what its kernel sees are rows that overlap in memory, and taps are their
 * columns. Pixels by pixels, it would gather each tap from all over; so the frames of a Fourier transform are read as they lie.
 */
import { copyStep, filled } from '../plan/copy'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import type { Epilogue } from './epilogue'
import type { Convolution } from './imageConv'
import { multiplied } from './matmul'
import { transposed } from './transpose'
import type { Window } from './window'

/** Taps of a kernel that are worth a row. */
const FEWEST_TAPS = 16

/** @param inputs channels of a group */
export function isOfRows({ height, width }: Window, groups: number, inputs: number): boolean {
  const isFlat = height.in * height.kernel * height.out === 1 && height.pad + height.padEnd === 0
  const isLong = width.dilation === 1 && width.kernel >= FEWEST_TAPS
  return groups === 1 && inputs === 1 && isFlat && isLong
}

/** The result, whose channels follow one another in memory. The epilogue has no residual. */
export function productOfRows(plan: Lowering, convolution: Convolution, epilogue: Epilogue): Fact {
  const { weights, images, shape } = convolution
  const { width } = convolution.window
  const x = padded(plan, convolution)
  const [outputs, pixels, taps] = [weights.dim(0), width.out, width.kernel]
  const rows = multiplied(
    plan,
    {
      left: { fact: x, outer: width.stride, inner: 1, item: x.size / images, items: images },
      right: { fact: weights, outer: taps, inner: 1, item: 0, items: 1 },
      ...{ items: images, m: pixels, n: outputs, depth: taps, shape: [images, pixels, outputs] },
    },
    epilogue,
  )
  const turned = transposed(plan, rows, [0, 2, 1])
  return `${turned.shape}` === `${shape}` ? turned : plan.reshaped(turned, shape)
}

/** The images as rows, with zeros at both ends. */
function padded(plan: Lowering, { x, images, window: { width } }: Convolution): Fact {
  if (width.pad + width.padEnd === 0) return x
  const row = width.pad + width.in + width.padEnd
  const y = filled(plan, plan.scalar('float32', 0), [images, row])
  const axes = [
    { size: images, from: width.in, to: row },
    { size: width.in, from: 1, to: 1 },
  ]
  copyStep(plan, x, y, axes, { from: 0, to: width.pad })
  return y
}
