/** Operators that only say anew how elements lie. */
import { axesOf, numbersOf } from '../../constants'
import type { Place } from '../place'
import { fromStart, type Rule, sameAxes, sizesOf, UNKNOWN_RANK, UNKNOWN_SIZE } from './rule'

const transpose: Rule = (sketch) => {
  const x = sketch.input(0)
  if (!x) return UNKNOWN_RANK
  const order = sketch.node.ints('perm', undefined) ?? [...x.keys()].reverse()
  const moved = order.map((axis) => x[axis] as Place)
  const y = sketch.output(0, sizesOf(moved))
  if (!y) return UNKNOWN_RANK
  sameAxes(sketch, moved, y)
  return undefined
}

const squeeze: Rule = (sketch) => {
  const { node } = sketch
  const x = sketch.input(0)
  const given = axesOf(node, 1)
  if (!x) return UNKNOWN_RANK
  if (!given && (node.input(1) || x.some(({ size }) => size === undefined))) return UNKNOWN_SIZE
  const axes =
    given?.map((axis) => fromStart(axis, x.length)) ?? x.flatMap(({ size }, at) => (size === 1 ? [at] : []))
  const rest = x.filter((_, axis) => !axes.includes(axis))
  const y = sketch.output(0, sizesOf(rest))
  if (!y) return UNKNOWN_RANK
  sameAxes(sketch, rest, y)
  return undefined
}

const unsqueeze: Rule = (sketch) => {
  const x = sketch.input(0)
  const given = axesOf(sketch.node, 1)
  if (!x) return UNKNOWN_RANK
  if (!given) return 'the axes that it adds are computed'
  const axes = given.map((axis) => fromStart(axis, x.length + given.length))
  const sizes = sizesOf(x)
  for (const axis of axes.toSorted((a, b) => a - b)) sizes.splice(axis, 0, 1)
  const y = sketch.output(0, sizes)
  if (!y) return UNKNOWN_RANK
  sameAxes(
    sketch,
    x,
    y.filter((_, axis) => !axes.includes(axis)),
  )
  return undefined
}

/** Sizes of an axis stay where it is 1 or as long as asked for; a new axis is as long as the target says. */
const expand: Rule = (sketch) => {
  const x = sketch.input(0)
  const target = sketch.sizes.of(sketch.node.input(1))
  if (!x) return UNKNOWN_RANK
  if (!target) return 'the shape that it expands to is computed'
  const rank = Math.max(x.length, target.length)
  const own = (axis: number) => x[axis - rank + x.length]
  const asked = (axis: number) => target[axis - rank + target.length]
  const literal = (axis: number) => {
    const element = asked(axis)
    return element?.kind === 'literal' ? element.number : undefined
  }
  const sizes = Array.from({ length: rank }, (_, axis) => {
    const size = own(axis)?.size ?? 1
    return size > 1 ? size : literal(axis)
  })
  const y = sketch.output(0, sizes)
  if (!y) return UNKNOWN_RANK
  y.forEach((place, axis) => {
    const from = own(axis)
    const element = asked(axis)
    if (element?.kind === 'computed') sketch.pin('a size that it expands to is computed', place, from)
    else if (element?.kind === 'axis') sketch.sameSize(sketch.placesOf(element.of)?.[element.axis], place)
    if (from && from.size !== 1) sketch.same(from, place)
    sketch.mention(place, from)
  })
  return undefined
}

/** Channels stay what they are along axes that keep their size. */
const resize: Rule = (sketch) => {
  const { node } = sketch
  const x = sketch.input(0)
  if (!x) return UNKNOWN_RANK
  const isOld = node.is('Upsample') || sketch.opset < 11
  const scales = node.floats('scales', undefined) ?? numbersOf(node.input(isOld ? 1 : 2))
  const axes = node.ints('axes', undefined)?.map((axis) => fromStart(axis, x.length)) ?? [...x.keys()]
  const target = sketch.sizes.of(node.input(3))
  const isKept = (place: Place, axis: number) => {
    const at = axes.indexOf(axis)
    if (at < 0 || scales?.[at] === 1) return true
    const element = target?.[at]
    if (element?.kind === 'literal') return element.number === place.size
    if (element?.kind === 'axis') return sketch.placesOf(element.of)?.[element.axis] === place
    // Batch and channels are never resized by a fraction, so equal sizes say that they are kept.
    return axis < 2 && place.size !== undefined && sketch.typedOutput()?.[axis]?.size === place.size
  }
  const kept = x.map(isKept)
  const y = sketch.output(
    0,
    x.map((place, axis) => (kept[axis] ? place.size : undefined)),
  )
  if (!y) return UNKNOWN_RANK
  x.forEach((place, axis) => {
    if (kept[axis]) sketch.same(place, y[axis])
  })
  if (node.string('coordinate_transformation_mode', '') === 'tf_crop_and_resize') sketch.flow('lost', ...y)
  return undefined
}

/** Sizes are for their readers to understand. */
const shape: Rule = (sketch) => {
  const x = sketch.input(0)
  if (!x) return UNKNOWN_RANK
  sketch.mention(...x)
  sketch.output(0, [x.slice(sketch.node.int('start', 0), sketch.node.int('end', undefined)).length])
  return undefined
}

/** One scale, or one a channel along an axis. Zeros become what stands for zero. */
const quantization: Rule = (sketch) => {
  const { node } = sketch
  const x = sketch.input(0)
  const y = x && sketch.output(0, sizesOf(x))
  if (!x || !y) return UNKNOWN_RANK
  if (node.int('block_size', 0) !== 0) return 'it scales blocks of channels'
  sameAxes(sketch, x, y)
  const axis = fromStart(node.int('axis', 1), x.length)
  for (const index of [1, 2]) {
    const [scale] = sketch.input(index) ?? []
    if (scale && scale.size !== 1) sketch.same(scale, y[axis])
  }
  sketch.flow('zero', ...y)
  return undefined
}

export const layout: readonly [string, Rule][] = [
  ['Transpose', transpose],
  ['Squeeze', squeeze],
  ['Unsqueeze', unsqueeze],
  ['Expand', expand],
  ['Resize', resize],
  ['Upsample', resize],
  ['Shape', shape],
  ['Size', (sketch) => sketch.pin('their number is computed with', ...(sketch.input(0) ?? [])) as undefined],
  ['QuantizeLinear', quantization],
  ['DequantizeLinear', quantization],
]
