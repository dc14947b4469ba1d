/** Resize, one axis after the other: each output index is a sum of few input indices, known from the sizes. */
import { byteLengthOf, type Node, Tensor } from '../../ir'
import { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
import { axesOf, axisOf, sizeBetween } from './axis'
import { movesIntegers } from './int8/movement'
import type { Rules } from './rule'

interface Axis {
  readonly size: number
  readonly out: number
  readonly scale: number
}

function axesOfResize(node: Node, plan: Lowering, x: Fact): Axis[] {
  const axes = axesOf(node, 99, plan)?.map((axis) => axisOf(axis, x.rank)) ?? [...x.shape.keys()]
  if (node.string('keep_aspect_ratio_policy', 'stretch') !== 'stretch') return decline('a kept aspect ratio')
  const [scales, sizes] = [plan.optional(node, 2), plan.optional(node, 3)]
  const given = sizes && sizes.size > 0 ? plan.numbers(sizes) : undefined
  const factors = given ? undefined : plan.numbers(scales ?? decline('neither scales nor sizes'))
  return x.shape.map((size, axis) => {
    const index = axes.indexOf(axis)
    if (index < 0) return { size, out: size, scale: 1 }
    const out = given?.[index] ?? Math.floor(size * (factors?.[index] ?? 1))
    return { size, out, scale: factors?.[index] ?? out / size }
  })
}

/** Where output index `at` lies in the input. */
function positionOf(mode: string, at: number, { size, out, scale }: Axis): number {
  switch (mode) {
    case 'asymmetric':
      return at / scale
    case 'align_corners':
      return out === 1 ? 0 : (at * (size - 1)) / (out - 1)
    case 'pytorch_half_pixel':
      return out > 1 ? (at + 0.5) / scale - 0.5 : 0
    case 'half_pixel_symmetric': {
      const adjustment = out / (scale * size)
      return (size / 2) * (1 - adjustment) + (at + 0.5) / scale - 0.5
    }
    case 'half_pixel':
      return (at + 0.5) / scale - 0.5
    default:
      return decline(`positions by ${mode}`)
  }
}

function nearest(mode: string, x: number): number {
  if (mode === 'floor') return Math.floor(x)
  if (mode === 'ceil') return Math.ceil(x)
  if (mode === 'round_prefer_ceil') return Math.floor(x + 0.5)
  return Math.ceil(x - 0.5)
}

interface Table {
  readonly taps: number
  readonly positions: number[]
  readonly weights: number[]
}

function tableOf(node: Node, axis: Axis): Table {
  const transformation = node.string('coordinate_transformation_mode', 'half_pixel')
  const mode = node.string('mode', 'nearest')
  const clamp = (at: number) => Math.min(Math.max(at, 0), axis.size - 1)
  const positions: number[] = []
  const weights: number[] = []
  for (let at = 0; at < axis.out; at++) {
    const x = Math.fround(positionOf(transformation, at, axis))
    if (mode === 'nearest') {
      positions.push(clamp(nearest(node.string('nearest_mode', 'round_prefer_floor'), x)))
      weights.push(1)
    } else if (mode === 'linear') {
      const inside = clamp(x)
      const below = Math.floor(inside)
      positions.push(below, clamp(below + 1))
      weights.push(1 - (inside - below), inside - below)
    } else return decline(`mode ${mode}`)
  }
  return { taps: mode === 'nearest' ? 1 : 2, positions, weights }
}

/** One of each: elements of any type are moved. */
function nearestAlongAxis(node: Node, plan: Lowering, x: Fact, at: number, axis: Axis): Fact {
  const { positions } = tableOf(node, axis)
  const y = plan.create(
    x.dataType,
    x.shape.map((size, index) => (index === at ? axis.out : size)),
  )
  const indices = Fact.constant(Tensor.from('int32', [positions.length], Int32Array.from(positions)))
  const run = sizeBetween(x.shape, at + 1, x.rank) * byteLengthOf(x.dataType, 1)
  const sizes = [run, sizeBetween(x.shape, 0, at), axis.size, axis.out, 0]
  if (y.size > 0) plan.step('gather', [x, indices], [y], sizes)
  return y
}

const isNearest = (node: Node) => node.string('mode', 'nearest') === 'nearest'

function alongAxis(node: Node, plan: Lowering, x: Fact, at: number, axis: Axis): Fact {
  const { taps, positions, weights } = tableOf(node, axis)
  const shape = x.shape.map((size, index) => (index === at ? axis.out : size))
  const y = plan.create('float32', shape)
  const table = Fact.constant(Tensor.from('int32', [positions.length], Int32Array.from(positions)))
  const inner = sizeBetween(x.shape, at + 1, x.rank)
  const sizes = [sizeBetween(x.shape, 0, at), axis.size, inner, axis.out, taps]
  if (y.size > 0)
    plan.step('interpolate', [x, table, Fact.constant(Tensor.float32(weights, [weights.length]))], [y], sizes)
  return y
}

function lower(node: Node, plan: Lowering): void {
  const isMoved = isNearest(node) && plan.input(node, 0).dataType !== 'float32'
  const x = isMoved ? plan.input(node, 0) : plan.floats(node, 0)
  if (x.dataType === 'string') decline('elements of type string')
  if (node.int('antialias', 0) || node.int('exclude_outside', 0)) decline('antialiasing')
  let y = plan.reshaped(x, x.shape)
  const axes = [...axesOfResize(node, plan, x).entries()]
  if (axes.some(([, { size }]) => size === 0)) decline('nothing to resize')
  // The last axis is the slow one: first where rows become more by the others, else last.
  const growth = axes.reduce((product, [, { size, out }]) => (product * out) / size, 1)
  const along = isMoved ? nearestAlongAxis : alongAxis
  for (const [at, axis] of growth > 1 ? axes.reverse() : axes)
    if (axis.out !== axis.size || axis.scale !== 1) y = along(node, plan, y, at, axis)
  plan.define(node.output(), y)
}

const moved = movesIntegers({ lower })

export const resize: Rules = {
  Resize: {
    lower,
    lowerGroup: (node, plan, group) => (isNearest(node) ? (moved.lowerGroup?.(node, plan, group) ?? 0) : 0),
  },
}
