/** Conv: of images, of rows, of volumes. */
import type { Node } from '../../ir'
import type { Group } from '../fusion/fusion'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
import { sizeBetween } from './axis'
import { epilogueOf, fits, floatNodes } from './epilogue'
import { type Convolution, convolved } from './imageConv'
import { lowerIntegers } from './int8/conv'
import { isOfRows, productOfRows } from './rowConv'
import type { Rules } from './rule'
import { lowerVolume } from './volume'
import { outputSizes, windowOf } from './window'

function convolutionOf(node: Node, plan: Lowering): Convolution {
  const x = plan.floats(node, 0)
  const weights = plan.floats(node, 1)
  if (!plan.knownTensor(weights)) return decline('weights that are computed')
  const window = windowOf(node, x.shape.slice(2), weights.shape.slice(2))
  const [images = 1, channels = 1] = x.shape
  const groups = node.int('group', 1)
  if (groups * weights.dim(1) !== channels || weights.dim(0) % groups !== 0)
    return decline('groups that do not fit')
  return {
    x,
    weights,
    window,
    images,
    groups,
    shape: [images, weights.dim(0), ...outputSizes(window, x.rank - 2)],
  }
}

function lower(node: Node, plan: Lowering, group?: Group): number {
  const covered = lowerIntegers(node, plan, group)
  if (covered > 0) return covered
  if (plan.input(node, 0).rank === 5) return lowerVolume(node, plan, group)
  const convolution = convolutionOf(node, plan)
  const epilogue = epilogueOf(plan, plan.optional(node, 2), group)
  const { shape } = convolution
  if (!fits(epilogue.residual, shape)) return 0
  const nodes = floatNodes(node, group)
  const { window, groups, weights } = convolution
  const isProduct = !epilogue.residual && sizeBetween(shape, 0, shape.length) > 0
  const isOverRows = isProduct && isOfRows(window, groups, weights.dim(1))
  const y = isOverRows ? productOfRows(plan, convolution, epilogue) : convolved(plan, convolution, epilogue)
  plan.define(nodes.at(-1)?.output(), y)
  return nodes.length
}

export const conv: Rules = { Conv: { lower: (node, plan) => void lower(node, plan), lowerGroup: lower } }
