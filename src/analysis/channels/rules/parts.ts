/** Operators that put axes together or take parts of them. */

import type { Node } from '../../../ir'
import { axesOf, numbersOf } from '../../constants'
import type { Place } from '../place'
import type { Sketch } from '../sketch'
import { fromStart, type Rule, sizesOf, UNKNOWN_RANK, UNKNOWN_SIZE } from './rule'

/** Channels of the inputs follow each other along one axis; along the others they are the same. */
const concat: Rule = (sketch) => {
  const { node } = sketch
  const inputs = [...node.inputs.keys()].map((index) => sketch.input(index))
  if (!inputs.every((places) => places !== undefined)) return UNKNOWN_RANK
  const first = inputs[0] ?? []
  const axis = fromStart(node.int('axis', 1), first.length)
  const along = inputs.map((places) => places[axis])
  const sizes = sizesOf(first)
  sizes[axis] = total(along)
  const y = sketch.output(0, sizes)
  if (!y || along.includes(undefined)) return UNKNOWN_RANK
  for (const places of inputs) {
    places.forEach((place, at) => {
      if (at !== axis) sketch.same(place, y[at])
    })
  }
  layParts(sketch, along as Place[], y[axis] as Place)
  return undefined
}

function total(places: readonly (Place | undefined)[]): number | undefined {
  return places.reduce<number | undefined>(
    (sum, place) => (sum === undefined || place?.size === undefined ? undefined : sum + place.size),
    0,
  )
}

/** Parts follow each other in a whole. */
function layParts(sketch: Sketch, parts: readonly Place[], whole: Place): void {
  if (parts.some((part) => part.size === undefined)) {
    sketch.pin(UNKNOWN_SIZE, whole, ...parts)
    return
  }
  let start = 0
  for (const part of parts) {
    sketch.range(whole, start, part, 0, part.size as number)
    start += part.size as number
  }
}

const split: Rule = (sketch) => {
  const { node } = sketch
  const x = sketch.input(0)
  if (!x) return UNKNOWN_RANK
  const axis = fromStart(node.int('axis', 0), x.length)
  const sizes = splitSizes(node, x[axis]?.size)
  const outputs = node.outputs.map((_, index) => {
    const own = sizesOf(x)
    own[axis] = sizes?.[index]
    return sketch.output(index, own)
  })
  if (!outputs.every((places) => places !== undefined)) return 'one of its outputs is left out'
  for (const places of outputs) {
    places.forEach((place, at) => {
      if (at !== axis) sketch.same(x[at], place)
    })
  }
  layParts(sketch, outputs.map((places) => places[axis]) as Place[], x[axis] as Place)
  return undefined
}

/** As given, or equal parts, of which the last is the smaller one. */
export function splitSizes(node: Node, size: number | undefined): readonly number[] | undefined {
  const given = node.ints('split', undefined) ?? numbersOf(node.input(1))
  if (given || node.input(1) || size === undefined) return given
  const part = Math.ceil(size / node.outputs.length)
  return node.outputs.map((_, index) => Math.min(part, size - index * part))
}

/** What a Slice takes of one axis. */
export interface SliceRange {
  readonly axis: number
  /** First channel, and the one after the last, within the axis. */
  readonly start: number
  readonly end: number
  readonly step: number
}

/** What a Slice takes, axis by axis as it lists them; undefined where that is computed. */
export function sliceRanges(node: Node, sizes: readonly (number | undefined)[]): SliceRange[] | undefined {
  const starts = node.ints('starts', undefined) ?? numbersOf(node.input(1))
  const ends = node.ints('ends', undefined) ?? numbersOf(node.input(2))
  const axes = axesOf(node, 3) ?? (node.input(3) ? undefined : starts?.map((_, axis) => axis))
  const steps = node.input(4) ? numbersOf(node.input(4)) : starts?.map(() => 1)
  if (!starts || !ends || !axes || !steps) return undefined
  return axes.map((given, at) => {
    const axis = fromStart(given, sizes.length)
    const size = sizes[axis] ?? Number.MAX_SAFE_INTEGER
    const inside = (position: number) => Math.min(Math.max(fromStart(position, size), 0), size)
    return { axis, start: inside(starts[at] ?? 0), end: inside(ends[at] ?? 0), step: steps[at] ?? 1 }
  })
}

const slice: Rule = (sketch) => {
  const x = sketch.input(0)
  if (!x) return UNKNOWN_RANK
  const ranges = sliceRanges(sketch.node, sizesOf(x))
  if (!ranges) return computedSlice(sketch, x)
  const taken = new Map(ranges.map((range) => [range.axis, range]))
  const y = sketch.output(
    0,
    x.map((place, axis) => slicedSize(place, taken.get(axis))),
  )
  if (!y) return UNKNOWN_RANK
  x.forEach((place, axis) => {
    const range = taken.get(axis)
    if (!range || isWhole(range, place)) sketch.same(place, y[axis])
    else if (place.size === undefined) sketch.pin(UNKNOWN_SIZE, place, y[axis])
    else if (range.step !== 1) sketch.pin(UNEVEN, place, y[axis])
    else sketch.range(place, range.start, y[axis] as Place, 0, Math.max(range.end - range.start, 0))
  })
  return undefined
}

const UNEVEN = 'channels are taken with a step, which would skip others once some are gone'

function isWhole({ start, end, step }: SliceRange, { size }: Place): boolean {
  return step === 1 && start === 0 && end === (size ?? Number.MAX_SAFE_INTEGER)
}

function slicedSize(place: Place, range: SliceRange | undefined): number | undefined {
  if (!range || isWhole(range, place)) return place.size
  if (place.size === undefined || range.step !== 1) return undefined
  return Math.max(range.end - range.start, 0)
}

/** Of a Slice with computed bounds the axes may be known, and leave the others alone. */
function computedSlice(sketch: Sketch, x: readonly Place[]): string | undefined {
  const axes = axesOf(sketch.node, 3)?.map((axis) => fromStart(axis, x.length))
  if (!axes) return 'the axes that it slices are computed'
  const y = sketch.output(
    0,
    x.map((place, axis) => (axes.includes(axis) ? undefined : place.size)),
  )
  if (!y) return UNKNOWN_RANK
  x.forEach((place, axis) => {
    if (axes.includes(axis))
      sketch.pin('the bounds of a slice of these channels are computed', place, y[axis])
    else sketch.same(place, y[axis])
  })
  return undefined
}

/** Elements added before and after an axis; undefined where that is computed. */
export function padsOf(node: Node, rank: number): [before: number, after: number][] | undefined {
  const pads = node.ints('pads', undefined) ?? numbersOf(node.input(1))
  const axes = node.input(3) ? numbersOf(node.input(3)) : Array.from({ length: rank }, (_, axis) => axis)
  if (!pads || !axes) return undefined
  const result = Array.from({ length: rank }, (): [number, number] => [0, 0])
  axes.forEach((axis, at) => {
    result[fromStart(axis, rank)] = [pads[at] ?? 0, pads[at + axes.length] ?? 0]
  })
  return result
}

const pad: Rule = (sketch) => {
  const { node } = sketch
  const x = sketch.input(0)
  if (!x) return UNKNOWN_RANK
  const pads = padsOf(node, x.length)
  if (!pads) return 'how much it pads is computed'
  const y = sketch.output(
    0,
    x.map(({ size }, axis) => size && size + (pads[axis]?.[0] ?? 0) + (pads[axis]?.[1] ?? 0)),
  )
  if (!y) return UNKNOWN_RANK
  const isConstant = node.string('mode', 'constant') === 'constant'
  x.forEach((place, axis) => {
    const [before, after] = pads[axis] ?? [0, 0]
    if (before === 0 && after === 0) sketch.same(place, y[axis])
    else if (isConstant && before >= 0 && after >= 0 && place.size !== undefined)
      sketch.range(place, 0, y[axis] as Place, before, place.size)
  })
  const isPadded = isConstant && pads.some(([before, after]) => before !== 0 || after !== 0)
  if (isPadded) sketch.flow(padsWithZeros(node) ? 'padded' : 'lost', ...y)
  return undefined
}

function padsWithZeros(node: Node): boolean {
  if (node.input(2)) return numbersOf(node.input(2))?.[0] === 0
  return node.float('value', 0) === 0
}

export const parts: readonly [string, Rule][] = [
  ['Concat', concat],
  ['Split', split],
  ['Slice', slice],
  ['Pad', pad],
]
