/** Products of matrices, either of which may be a weight, and layers that hold such products inside. */
import type { Place } from '../place'
import type { Flow } from '../relations'
import type { Sketch } from '../sketch'
import { type Rule, UNKNOWN_RANK, UNKNOWN_SIZE } from './rule'

/** Y[..., m, n] = Σₖ A[..., m, k] · B[..., k, n]; a vector has no m, or no n. */
const matMul: Rule = (sketch) => {
  const [a, b] = [sketch.input(0), sketch.input(1)]
  if (!a || !b || a.length === 0 || b.length === 0) return UNKNOWN_RANK
  const [m, inner] = a.length > 1 ? a.slice(-2) : [undefined, a[0]]
  const [outer, n] = b.length > 1 ? b.slice(-2) : [b[0], undefined]
  const batch = alignBatches(a.slice(0, -2), b.slice(0, -2))
  const own = [m, n].filter((place) => place !== undefined)
  const y = sketch.output(0, [...batch.map(commonSize), ...own.map((place) => place.size)])
  if (!y) return UNKNOWN_RANK
  contract(sketch, inner as Place, outer as Place)
  batch.forEach((places, axis) => {
    joinBatch(sketch, places, y[axis] as Place)
  })
  const ends = y.slice(batch.length)
  if (m) keep(sketch, m, ends[0] as Place, 0)
  if (n) keep(sketch, n, ends.at(-1) as Place, 1)
  makeFromWeights(sketch, m && (ends[0] as Place), n && (ends.at(-1) as Place))
  return undefined
}

/** Whether the product is that of a layer, with one bias an output. */
function hasBias(sketch: Sketch): boolean {
  const { node } = sketch
  const isMatrix = sketch.isFloatConstant(1) && sketch.input(1)?.length === 2
  return isMatrix && (node.is('MatMul') || (node.is('Gemm') && node.int('transA', 0) === 0))
}

/** Sums of zeros are zero. */
function zeroOnly(held: readonly number[]): number {
  return held.every((each) => each === 0) ? 0 : Number.NaN
}

function contract(sketch: Sketch, a: Place, b: Place): void {
  sketch.same(a, b)
  sketch.sum(a, { partner: b, takesNumbers: hasBias(sketch) })
}

function keep(sketch: Sketch, from: Place, to: Place, index: number): void {
  sketch.same(from, to)
  sketch.flow({ of: [index], by: zeroOnly }, to)
}

function alignBatches(a: readonly Place[], b: readonly Place[]): Place[][] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) =>
    [a[axis - rank + a.length], b[axis - rank + b.length]].filter((place) => place !== undefined),
  )
}

function commonSize(places: readonly Place[]): number | undefined {
  const [wide] = places.map((place) => place.size).filter((size) => size !== undefined && size !== 1)
  return wide ?? (places.every((place) => place.size === 1) ? 1 : undefined)
}

/** Batches are broadcast as elements are; a product of matrices one of which is zero is zero. */
function joinBatch(sketch: Sketch, places: readonly Place[], y: Place): void {
  const isAmbiguous = places.length > 1 && places.some((place) => place.size === undefined)
  if (isAmbiguous && [...places, y].some((place) => place.isWide)) sketch.pin(UNKNOWN_SIZE, ...places, y)
  else for (const place of places) if (place.size !== 1 || y.size === 1) sketch.same(place, y)
  sketch.mention(...places, y)
  sketch.flow({ of: [0, 1], by: (held) => (held.includes(0) ? 0 : Number.NaN) }, y)
}

/** The width of a layer is what its weight adds to the output's shape. */
function makeFromWeights(sketch: Sketch, m: Place | undefined, n: Place | undefined): void {
  if (sketch.isWeight(0)) sketch.make(m)
  if (sketch.isWeight(1)) sketch.make(n)
}

/** Y = α · A · B + β · C, with A and B transposed as asked. */
const gemm: Rule = (sketch) => {
  const a = sketch.inputOf(0, [undefined, undefined])
  const b = sketch.inputOf(1, [undefined, undefined])
  if (!a || !b) return UNKNOWN_RANK
  const [m, inner] = sketch.node.int('transA', 0) ? [a[1], a[0]] : [a[0], a[1]]
  const [outer, n] = sketch.node.int('transB', 0) ? [b[1], b[0]] : [b[0], b[1]]
  const y = sketch.output(0, [m?.size, n?.size])
  if (!y || !m || !n || !inner || !outer) return UNKNOWN_RANK
  contract(sketch, inner, outer)
  sketch.same(m, y[0])
  sketch.same(n, y[1])
  addBias(sketch, y)
  makeFromWeights(sketch, y[0], y[1])
  return undefined
}

function addBias(sketch: Sketch, y: readonly Place[]): void {
  const { node } = sketch
  const bias = sketch.input(2)
  const also = node.input(2) ? [2] : []
  const flowOf = (index: number): Flow => ({ of: [index, ...also], by: zeroOnly })
  sketch.flow(flowOf(0), y[0])
  sketch.flow(flowOf(1), y[1])
  bias?.forEach((place, axis) => {
    const target = y[axis + y.length - bias.length]
    if (place.size !== 1) sketch.same(place, target)
  })
  if (node.input(2) && !bias) sketch.pin(UNKNOWN_RANK, ...y)
}

/** Gates over [sequence, batch, inputs]: what comes in may get narrower, the state inside stays. */
const recurrent: Rule = (sketch) => {
  const [x, weight] = [sketch.input(0), sketch.input(1)]
  if (x?.length !== 3 || weight?.length !== 3) return UNKNOWN_RANK
  contract(sketch, x[2] as Place, weight[2] as Place)
  return undefined
}

export const matrix: readonly [string, Rule][] = [
  ['MatMul', matMul],
  ['Gemm', gemm],
  ['LSTM', recurrent],
  ['GRU', recurrent],
  ['RNN', recurrent],
]
