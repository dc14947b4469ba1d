/** Convolutions of images by floats: weights on the left, pixels on the right, groups one after the other. */
import { filteredTiles, floatBlocks } from '../choice/alternatives'
import { forFewPixels } from '../choice/fewPixels'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { sizeBetween } from './axis'
import { type Epilogue, epilogueInputs, epilogueParameters } from './epilogue'
import type { Window } from './window'

export interface Convolution {
  readonly x: Fact
  readonly weights: Fact
  readonly window: Window
  readonly images: number
  readonly groups: number
  readonly shape: readonly number[]
}

/** An image of one column is one of one row, of which kernels read whole vectors. */
function lying({ height, width }: Window): Window {
  const isColumn = width.in * width.kernel * width.out === 1 && width.pad + width.padEnd === 0
  return isColumn ? { height: width, width: height } : { height, width }
}

/** channels, height, width, kernel, stride, dilation, pads and output sizes: see cpp/engine/steps/convShape.h. */
export function convShape(channels: number, window: Window): number[] {
  const { height, width } = lying(window)
  const both = (pick: 'in' | 'kernel' | 'stride' | 'dilation' | 'pad' | 'out') => [height[pick], width[pick]]
  return [
    channels,
    ...both('in'),
    ...both('kernel'),
    ...both('stride'),
    ...both('dilation'),
    ...both('pad'),
    ...both('out'),
  ]
}

export function convolved(plan: Lowering, convolution: Convolution, epilogue: Epilogue): Fact {
  const y = plan.create('float32', convolution.shape)
  if (y.size > 0) addStep(plan, convolution, y, epilogue)
  return y
}

/** Adds the step that computes y, of `shape` and not empty. */
export function addStep(plan: Lowering, convolution: Convolution, y: Fact, epilogue: Epilogue): void {
  const { x, weights, window, images, groups } = convolution
  const after = epilogueParameters(epilogue)
  const others = epilogueInputs(epilogue)
  const m = weights.dim(0) / groups
  if (weights.dim(1) === 1 && groups > 1) {
    const sizes = [images, groups, m, ...convShape(1, window)]
    plan.step('depthwise', [x, weights, ...others], [y], [...sizes, ...after])
    return
  }
  const depth = sizeBetween(weights.shape, 1, weights.rank)
  const packed = {
    tensor: plan.tensorOf(weights),
    form: 'gemm.left',
    parameters: [groups, m, depth, depth, 1, m * depth],
  }
  const sizes = [images, groups, m, ...convShape(weights.dim(1), window)]
  const step = plan.step('conv', [x, packed, ...others], [y], [...sizes, ...after])
  const layout = { outputs: weights.dim(0), inputs: weights.dim(1), taps: depth / weights.dim(1) }
  if (plan.isEvaluation) return
  step.alternatives = [
    ...floatBlocks(packed.tensor, layout, groups),
    ...(isFilter(window, groups) ? filteredTiles(packed.tensor, layout) : []),
    ...(groups === 1 ? forFewPixels(packed.tensor, layout, window.height.out * window.width.out) : []),
  ]
}

/** What minimal filtering is for: a kernel of 3 × 3 that moves by 1. */
function isFilter({ height, width }: Window, groups: number): boolean {
  const isPlain = [height, width].every(
    ({ kernel, stride, dilation }) => kernel === 3 && stride === 1 && dilation === 1,
  )
  return groups === 1 && isPlain
}
