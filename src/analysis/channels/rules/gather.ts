/** Operators that take channels by their numbers, or several times. */
import { numbersOf } from '../../constants'
import type { Place } from '../place'
import type { Sketch } from '../sketch'
import { fromStart, type Rule, sameAxes, sizesOf, UNKNOWN_RANK } from './rule'

/** Channels are repeated: copies go with their original. */
const tile: Rule = (sketch) => {
  const x = sketch.input(0)
  const repeats = numbersOf(sketch.node.input(1))
  if (!x) return UNKNOWN_RANK
  if (!repeats) return 'how often it repeats is computed'
  const y = sketch.output(
    0,
    x.map(({ size }, axis) => size && size * (repeats[axis] ?? 1)),
  )
  if (!y) return UNKNOWN_RANK
  x.forEach((place, axis) => {
    const times = repeats[axis] ?? 1
    if (times === 1) sketch.same(place, y[axis])
    else if (place.size !== undefined) repeat(sketch, place, place.size, y[axis] as Place, times)
  })
  return undefined
}

function repeat(sketch: Sketch, place: Place, size: number, y: Place, times: number): void {
  const to = Int32Array.from({ length: size * times }, (_, index) => index)
  sketch.map(
    place,
    to.map((channel) => channel % size),
    y,
    to,
  )
}

/** By constant indices, channels are picked and reordered; by computed ones, a table's rows are looked up. */
const gather: Rule = (sketch) => {
  const { node } = sketch
  const [x, indices] = [sketch.input(0), sketch.input(1)]
  if (!x || !indices) return UNKNOWN_RANK
  const axis = fromStart(node.int('axis', 0), x.length)
  const y = sketch.output(0, [
    ...sizesOf(x.slice(0, axis)),
    ...sizesOf(indices),
    ...sizesOf(x.slice(axis + 1)),
  ])
  if (!y) return UNKNOWN_RANK
  const after = y.slice(axis + indices.length)
  sameAxes(sketch, x.slice(0, axis), y)
  sameAxes(sketch, x.slice(axis + 1), after)
  sameAxes(sketch, indices, y.slice(axis))
  pick(sketch, x[axis] as Place, indices.length === 1 ? (y[axis] as Place) : undefined)
  if (sketch.isWeight(0)) for (const place of [...y.slice(0, axis), ...after]) sketch.make(place)
  return undefined
}

function pick(sketch: Sketch, place: Place, y: Place | undefined): void {
  const indices = numbersOf(sketch.node.input(1), Number.MAX_SAFE_INTEGER)
  const { size } = place
  if (!indices || size === undefined) sketch.pin('channels are looked up by computed indices', place)
  else if (!y) sketch.pin('single channels are picked by their number', place)
  else {
    const from = Int32Array.from(indices, (index) => fromStart(index, size))
    const to = from.map((_, at) => at)
    sketch.map(place, from, y, to)
  }
}

export const gathering: readonly [string, Rule][] = [
  ['Tile', tile],
  ['Gather', gather],
]
