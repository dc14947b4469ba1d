/**
 * Reshape and Flatten. The axes of input and output are matched in runs whose elements are the same:
 *
 *     [batch, time, 768] → [0, 0, 12, 64]      batch–batch, time–time, 768 = 12 · 64
 *
 * from the end, then from the beginning, since sizes in the middle may only be known when the model runs.
 */
import type { Place } from '../place'
import { type ShuffleFacts, shuffleOf, startsShuffle } from '../shuffle'
import type { Sketch } from '../sketch'
import { drawPieces } from './pieces'
import { fromStart, type Rule, sizesOf, UNKNOWN_RANK } from './rule'

/** Axes of the input that hold the same elements as axes of the output. */
interface Run {
  readonly input: readonly Place[]
  readonly output: readonly Place[]
}

const reshape: Rule = (sketch) => {
  const { node } = sketch
  const x = sketch.input(0)
  const target = sketch.sizes.of(node.input(1))
  if (!x) return UNKNOWN_RANK
  if (!target) return 'the shape that it reshapes to is computed'
  const copies = node.int('allowzero', 0) === 0
  const computed = new Set<number>()
  const sizes = target.map((element, axis) => {
    if (element.kind === 'axis') return sketch.placesOf(element.of)?.[element.axis]?.size
    if (element.kind === 'computed') computed.add(axis)
    if (element.kind === 'computed' || element.number === -1) return undefined
    return element.number === 0 && copies ? x[axis]?.size : element.number
  })
  const y = sketch.output(0, sizes)
  if (!y) return UNKNOWN_RANK
  const sameAs = (axis: number): Place | undefined => {
    const element = target[axis]
    if (element?.kind === 'axis') return sketch.placesOf(element.of)?.[element.axis]
    return element?.kind === 'literal' && element.number === 0 && copies ? x[axis] : undefined
  }
  if (startsShuffle(node, factsOf(sketch))) sketch.mention(...x, ...y)
  else if (!drawShuffle(sketch, y)) {
    for (const axis of computed) sketch.pin('a size that it reshapes to is computed', y[axis])
    target.forEach((element, axis) => {
      if (element.kind === 'axis') sketch.sameSize(sameAs(axis), y[axis])
    })
    drawRuns(sketch, matchRuns(x, y, sameAs))
  }
  return undefined
}

/** Everything before an axis, and everything from it on. */
const flatten: Rule = (sketch) => {
  const x = sketch.input(0)
  if (!x) return UNKNOWN_RANK
  const axis = fromStart(sketch.node.int('axis', 1), x.length)
  const halves = [x.slice(0, axis), x.slice(axis)]
  const y = sketch.output(0, halves.map(productOf))
  if (!y) return UNKNOWN_RANK
  drawRuns(
    sketch,
    halves.map((input, at) => ({ input, output: [y[at] as Place] })),
  )
  return undefined
}

function productOf(places: readonly Place[]): number | undefined {
  return sizesOf(places).reduce(
    (all, size) => (all === undefined || size === undefined ? undefined : all * size),
    1,
  )
}

/** Runs of equal elements: those whose sizes are known at both ends, and the rest between them. */
export function matchRuns(
  x: readonly Place[],
  y: readonly Place[],
  sameAs: (axis: number) => Place | undefined,
): Run[] {
  const [input, output] = [[...x], [...y]]
  const isSame = (a: Place | undefined, b: Place | undefined) =>
    a !== undefined && b !== undefined && (sameAs(y.indexOf(b)) === a || isEqual(a, b))
  const tail = takeRuns(input.reverse(), output.reverse(), isSame)
  const head = takeRuns(input.reverse(), output.reverse(), isSame)
  return [...head, { input, output }, ...tail.map(reversed)]
}

function wide(places: readonly Place[]): Place[] {
  return places.filter((place) => place.size !== 1)
}

function reversed({ input, output }: Run): Run {
  return { input: input.toReversed(), output: output.toReversed() }
}

function isEqual(a: Place, b: Place): boolean {
  return a.size === undefined ? a.symbol !== undefined && a.symbol === b.symbol : a.size === b.size
}

/** Takes runs off the beginning of both lists, as far as sizes are known. */
function takeRuns(
  input: Place[],
  output: Place[],
  isSame: (a: Place | undefined, b: Place | undefined) => boolean,
): Run[] {
  const runs: Run[] = []
  for (;;) {
    dropOnes(input)
    dropOnes(output)
    const length = isSame(input[0], output[0]) ? ([1, 1] as const) : runLength(input, output)
    if (!length) return runs
    runs.push({ input: input.splice(0, length[0]), output: output.splice(0, length[1]) })
  }
}

function dropOnes(places: Place[]): void {
  while (places[0]?.size === 1) places.shift()
}

/** How many axes it takes on each side until the products are equal. */
function runLength(input: readonly Place[], output: readonly Place[]): [number, number] | undefined {
  let [i, j] = [1, 1]
  let [a, b] = [input[0]?.size, output[0]?.size]
  while (a !== undefined && b !== undefined && a !== b) {
    if (a < b) a = times(a, input[i++])
    else b = times(b, output[j++])
  }
  return a !== undefined && b !== undefined ? [i, j] : undefined
}

function times(product: number, place: Place | undefined): number | undefined {
  return place?.size === undefined ? undefined : product * place.size
}

function drawRuns(sketch: Sketch, runs: readonly Run[]): void {
  for (const { input, output } of runs) {
    const [a, b] = [wide(input), wide(output)]
    const [one, other] = [a[0], b[0]]
    if (a.length === 1 && one) sketch.block(one, b)
    else if (b.length === 1 && other) sketch.block(other, a)
    else if (a.length > 0 && b.length > 0) drawPieces(sketch, a, b)
  }
}

/** The last of three nodes that shuffle channels says so for all of them. */
function drawShuffle(sketch: Sketch, y: readonly Place[]): boolean {
  const shuffle = shuffleOf(sketch.node, factsOf(sketch))
  const x = shuffle && sketch.placesOf(shuffle.input)
  if (!shuffle || !x) return false
  x.forEach((place, axis) => {
    if (axis !== shuffle.axis) sketch.same(place, y[axis])
  })
  const to = Int32Array.from(shuffle.order, (_, channel) => channel)
  sketch.map(x[shuffle.axis] as Place, Int32Array.from(shuffle.order), y[shuffle.axis] as Place, to)
  return true
}

function factsOf({ placesOf, sizes }: Pick<Sketch, 'placesOf' | 'sizes'>): ShuffleFacts {
  return {
    sizesOf: (value) => placesOf(value)?.map(({ size }) => size),
    elementsOf: (value) => sizes.of(value),
  }
}

export const reshaping: readonly [string, Rule][] = [
  ['Reshape', reshape],
  ['Flatten', flatten],
]
