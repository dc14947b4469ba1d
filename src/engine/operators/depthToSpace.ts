/** Blocks of pixels that become channels, and back: axes of a finer shape in another order. */
import type { Node } from '../../ir'
import { stridesOf } from '../plan/broadcast'
import { gathered } from '../plan/copy'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
import type { Rules } from './rule'

/** x as `fine`, its axes in that order, as `shape`. */
function reordered(
  plan: Lowering,
  x: Fact,
  fine: readonly number[],
  order: readonly number[],
  shape: readonly number[],
): Fact {
  const strides = stridesOf(fine)
  const moved = gathered(
    plan,
    x,
    order.map((axis) => fine[axis] ?? 1),
    order.map((axis) => strides[axis] ?? 0),
  )
  return plan.reshaped(moved, shape)
}

/** The four axes of images, and the side of a block. */
function imageOf(node: Node, x: Fact): [number, number, number, number, number] {
  const block = node.int('blocksize', 0)
  const [images = 0, channels = 0, height = 0, width = 0] = x.shape
  if (x.rank !== 4 || block < 1) return decline('other than images and blocks')
  return [images, channels, height, width, block]
}

function depthToSpace(node: Node, plan: Lowering): void {
  const x = plan.input(node, 0)
  const [n, c, h, w, b] = imageOf(node, x)
  const depth = c / (b * b)
  if (!Number.isInteger(depth)) decline('channels that are no whole blocks')
  const isRowFirst = node.string('mode', 'DCR') === 'CRD'
  const fine = isRowFirst ? [n, depth, b, b, h, w] : [n, b, b, depth, h, w]
  const order = isRowFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]
  plan.define(node.output(), reordered(plan, x, fine, order, [n, depth, h * b, w * b]))
}

function spaceToDepth(node: Node, plan: Lowering): void {
  const x = plan.input(node, 0)
  const [n, c, h, w, b] = imageOf(node, x)
  if (h % b !== 0 || w % b !== 0) decline('pixels that are no whole blocks')
  const fine = [n, c, h / b, b, w / b, b]
  plan.define(node.output(), reordered(plan, x, fine, [0, 3, 5, 1, 2, 4], [n, c * b * b, h / b, w / b]))
}

export const depthAndSpace: Rules = {
  DepthToSpace: { lower: depthToSpace },
  SpaceToDepth: { lower: spaceToDepth },
}
