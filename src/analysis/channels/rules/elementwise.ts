/** Operators that treat each element by itself, broadcasting where they have several inputs. */
import { scalarOf } from '../../constants'
import type { Place } from '../place'
import type { Computed, Flow } from '../relations'
import type { Sketch } from '../sketch'
import { type Rule, sizesOf, UNKNOWN_RANK, UNKNOWN_SIZE } from './rule'

/** What functions of one number make of it, as the node's attributes say. NaN where that is not worked out. */
type Scalar = (x: number, sketch: Sketch) => number

const zeroOnly: Scalar = (x) => (x === 0 ? 0 : Number.NaN)

const FUNCTIONS: Readonly<Record<string, Scalar>> = {
  Abs: Math.abs,
  Asin: Math.asin,
  Asinh: Math.asinh,
  Atan: Math.atan,
  Atanh: Math.atanh,
  Cast: zeroOnly,
  Ceil: Math.ceil,
  Celu: zeroOnly,
  Clip: (x, sketch) => Math.min(Math.max(x, clipBound(sketch, 'min', 1)), clipBound(sketch, 'max', 2)),
  Cos: Math.cos,
  Cosh: Math.cosh,
  Dropout: (x) => x,
  Elu: (x, { node }) => (x < 0 ? node.float('alpha', 1) * Math.expm1(x) : x),
  Erf: zeroOnly,
  Exp: Math.exp,
  Floor: Math.floor,
  Gelu: zeroOnly,
  HardSigmoid: (x, { node }) => clamp(node.float('alpha', 0.2) * x + node.float('beta', 0.5)),
  HardSwish: (x) => x * clamp(x / 6 + 0.5),
  Identity: (x) => x,
  LeakyRelu: (x, { node }) => (x < 0 ? node.float('alpha', 0.01) * x : x),
  Log: (x) => (x > 0 ? Math.log(x) : Number.NEGATIVE_INFINITY),
  Mish: (x) => x * Math.tanh(Math.log1p(Math.exp(x))),
  Neg: (x) => (x === 0 ? 0 : -x),
  Reciprocal: (x) => 1 / x,
  Relu: (x) => Math.max(x, 0),
  Round: zeroOnly,
  Selu: zeroOnly,
  Shrink: zeroOnly,
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Sign: Math.sign,
  Sin: Math.sin,
  Sinh: Math.sinh,
  Softplus: (x) => Math.log1p(Math.exp(x)),
  Softsign: (x) => x / (1 + Math.abs(x)),
  Sqrt: Math.sqrt,
  Swish: (x, { node }) => x / (1 + Math.exp(-node.float('alpha', 1) * x)),
  Tan: Math.tan,
  Tanh: Math.tanh,
  ThresholdedRelu: (x, { node }) => (x > node.float('alpha', 1) ? x : 0),
}

function clamp(x: number): number {
  return Math.min(Math.max(x, 0), 1)
}

/** A bound as attribute or input; NaN where it is computed. */
function clipBound({ node }: Sketch, name: 'min' | 'max', index: number): number {
  const given = node.float(name, undefined)
  const open = name === 'min' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return given ?? (node.input(index) ? (scalarOf(node.input(index)) ?? Number.NaN) : open)
}

/** What functions of several numbers make of them; a product with zero is zero, whatever the other factor. */
const OPERATIONS: Readonly<Record<string, (held: readonly number[]) => number>> = {
  Add: ([a = 0, b = 0]) => a + b,
  Sub: ([a = 0, b = 0]) => a - b,
  Mul: ([a = 0, b = 0]) => (a === 0 || b === 0 ? 0 : a * b),
  Div: ([a = 0, b = 0]) => (b === 0 ? Number.POSITIVE_INFINITY : a === 0 ? 0 : a / b),
  Pow: ([a = 0, b = 0]) => (a === 0 && b > 0 ? 0 : a ** b),
  Sum: (all) => all.reduce((sum, each) => sum + each, 0),
  Mean: (all) => all.reduce((sum, each) => sum + each, 0) / all.length,
  Max: (all) => Math.max(...all),
  Min: (all) => Math.min(...all),
  And: ([a, b]) => (a === 0 || b === 0 ? 0 : Number.NaN),
  PRelu: ([x = 0]) => (x >= 0 ? x : Number.NaN),
}

/** Of which only is known that they treat each element by itself. */
const LOSE =
  'Acos Not IsNaN IsInf Equal Less LessOrEqual Greater GreaterOrEqual Or Xor BitwiseAnd BitwiseOr Mod'

function ofOne(by: Scalar): Rule {
  return (sketch) => broadcast(sketch, [0], { of: [0], by: ([x = Number.NaN]) => by(x, sketch) })
}

function ofAll(by: (held: readonly number[]) => number): Rule {
  return (sketch) => {
    const of = [...sketch.node.inputs.keys()]
    return broadcast(sketch, of, { of, by })
  }
}

/** Constants that divide are sliced, not set to zero. */
const quotient: Rule = (sketch) => {
  const { Div } = OPERATIONS
  const by = Div as Computed['by']
  const isWeight = sketch.isWeight(1)
  const divided = ([a = 0, b = 0]: readonly number[]) =>
    isWeight && b === 0 ? by([a, Number.NaN]) : by([a, b])
  return broadcast(sketch, [0, 1], { of: [0, 1], by: divided })
}

/** Where both are the same, it does not matter which is taken. */
const where: Rule = (sketch) =>
  broadcast(sketch, [0, 1, 2], { of: [1, 2], by: ([a, b]) => (a === b ? (a ?? 0) : Number.NaN) })

/**
 * Inputs are aligned at their last axes. An axis of size 1 has nothing to remove; one of unknown size may be broadcast
 * or not, so nothing may be removed from those it meets.
 */
export function broadcast(sketch: Sketch, indices: readonly number[], flow: Flow): string | undefined {
  const inputs = indices.map((index) => sketch.input(index))
  if (inputs.some((places, at) => !places && sketch.node.input(indices[at] as number))) return UNKNOWN_RANK
  const known = inputs.filter((places) => places !== undefined)
  const rank = Math.max(...known.map((places) => places.length))
  const aligned = Array.from({ length: rank }, (_, axis) =>
    known.flatMap((places) => places[axis - (rank - places.length)] ?? []),
  )
  const sizes = aligned.map(commonSize)
  for (const index of sketch.node.outputs.keys()) {
    const output = sketch.output(index, sizes)
    if (!output) return 'its output has another number of axes than its inputs'
    aligned.forEach((places, axis) => {
      connect(sketch, places, output[axis] as Place)
    })
    sketch.flow(flow, ...output)
  }
  return undefined
}

function commonSize(places: readonly Place[]): number | undefined {
  const [wide] = sizesOf(places).filter((size) => size !== undefined && size !== 1)
  return wide ?? (places.every((place) => place.size === 1) ? 1 : undefined)
}

function connect(sketch: Sketch, places: readonly Place[], output: Place): void {
  const unknown = places.filter((place) => place.size === undefined)
  const all = [...places, output]
  const isAmbiguous = places.length > 1 && unknown.length > 0 && all.some((place) => place.isWide)
  if (isAmbiguous) sketch.pin(UNKNOWN_SIZE, ...all)
  else for (const place of places) if (place.size !== 1 || output.size === 1) sketch.same(place, output)
  sketch.mention(...all)
}

const lost: Rule = (sketch) => broadcast(sketch, [...sketch.node.inputs.keys()], 'lost')

export const elementwise: readonly [string, Rule][] = [
  ...Object.entries(FUNCTIONS).map(([opType, by]): [string, Rule] => [opType, ofOne(by)]),
  ...Object.entries(OPERATIONS).map(([opType, by]): [string, Rule] => [opType, ofAll(by)]),
  ...LOSE.split(' ').map((opType): [string, Rule] => [opType, lost]),
  ['Div', quotient],
  ['Where', where],
]
