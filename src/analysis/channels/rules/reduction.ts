/** Operators that reduce axes to one number. */
import { axesOf } from '../../constants'
import type { Place } from '../place'
import type { Flow } from '../relations'
import { OVER } from './normalization'
import { fromStart, type Rule, UNKNOWN_RANK } from './rule'

interface Kind {
  /** Whether zeros add nothing, so that channels that are zero may go. */
  readonly sums?: boolean
  readonly flow?: Flow
}

function reduce({ sums = false, flow = sums ? 'zero' : 'covering' }: Kind): Rule {
  return (sketch) => {
    const { node } = sketch
    const x = sketch.input(0)
    const given = axesOf(node, 1)
    if (!x) return UNKNOWN_RANK
    if (!given && node.input(1)) return 'the axes that it reduces are computed'
    const isNothing = !given && node.int('noop_with_empty_axes', 0) !== 0
    const all = given && given.length > 0 ? given : isNothing ? [] : [...x.keys()]
    const axes = new Set(all.map((axis) => fromStart(axis, x.length)))
    const keeps = node.int('keepdims', 1) !== 0
    const rest = x.flatMap((place, axis) => (axes.has(axis) ? (keeps ? [undefined] : []) : [place]))
    const y = sketch.output(
      0,
      rest.map((place) => (place ? place.size : 1)),
    )
    if (!y) return UNKNOWN_RANK
    for (const axis of axes) {
      if (sums) sketch.sum(x[axis])
      else sketch.pin(OVER, x[axis])
    }
    rest.forEach((place, axis) => {
      sketch.same(place, place && (y[axis] as Place))
    })
    sketch.flow(flow, ...y)
    return undefined
  }
}

/** The position of the largest or smallest along an axis. */
const position: Rule = (sketch) => {
  const { node } = sketch
  const x = sketch.input(0)
  if (!x) return UNKNOWN_RANK
  const axis = fromStart(node.int('axis', 0), x.length)
  const keeps = node.int('keepdims', 1) !== 0
  const rest = x.flatMap((place, at) => (at === axis ? (keeps ? [undefined] : []) : [place]))
  const y = sketch.output(
    0,
    rest.map((place) => (place ? place.size : 1)),
  )
  if (!y) return UNKNOWN_RANK
  sketch.pin('the channels are compared with each other', x[axis])
  rest.forEach((place, at) => {
    sketch.same(place, place && (y[at] as Place))
  })
  sketch.flow('lost', ...y)
  return undefined
}

/** Sums so far, along an axis. */
const cumulative: Rule = (sketch) => {
  const x = sketch.input(0)
  const axis = axesOf(sketch.node, 1)?.[0]
  const y =
    x &&
    sketch.output(
      0,
      x.map((place) => place.size),
    )
  if (!x || !y) return UNKNOWN_RANK
  if (axis === undefined) return 'the axis that it sums along is computed'
  x.forEach((place, at) => {
    if (at !== fromStart(axis, x.length)) sketch.same(place, y[at])
  })
  sketch.flow('zero', ...y)
  return undefined
}

export const reduction: readonly [string, Rule][] = [
  ['ReduceMean', reduce({})],
  ['ReduceMax', reduce({})],
  ['ReduceMin', reduce({})],
  ['ReduceProd', reduce({ flow: 'zero' })],
  ['ReduceSum', reduce({ sums: true })],
  ['ReduceL1', reduce({ sums: true })],
  ['ReduceL2', reduce({ sums: true })],
  ['ReduceSumSquare', reduce({ sums: true })],
  ['ReduceLogSumExp', reduce({ flow: 'lost' })],
  [
    'ReduceLogSum',
    reduce({ flow: { of: [0], by: ([x]) => (x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN) } }),
  ],
  ['ArgMax', position],
  ['ArgMin', position],
  ['CumSum', cumulative],
]
