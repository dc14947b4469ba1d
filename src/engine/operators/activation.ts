/** Functions of one element: as steps of their own, and as what a product does to its result. */
import type { Node } from '../../ir'
import type { Fact } from '../plan/fact'
import type { Lowering } from '../plan/lowering'
import { decline } from '../plan/unplannable'
import { lowerIntegers } from './int8/table'
import type { OperatorRule, Rules } from './rule'

/** A function of cpp/elementwise with its parameters. */
interface Unary {
  readonly name: string
  readonly a: number
  readonly b: number
}

const PLAIN: Readonly<Record<string, string>> = {
  Abs: 'abs',
  Acos: 'acos',
  Acosh: 'acosh',
  Asin: 'asin',
  Asinh: 'asinh',
  Atan: 'atan',
  Atanh: 'atanh',
  Ceil: 'ceil',
  Cos: 'cos',
  Cosh: 'cosh',
  Erf: 'erf',
  Exp: 'exp',
  Floor: 'floor',
  HardSwish: 'hardSwish',
  Log: 'log',
  Mish: 'mish',
  Neg: 'neg',
  Reciprocal: 'reciprocal',
  Relu: 'relu',
  Round: 'round',
  Sigmoid: 'sigmoid',
  Sign: 'sign',
  Sin: 'sin',
  Sinh: 'sinh',
  Softplus: 'softplus',
  Softsign: 'softsign',
  Sqrt: 'sqrt',
  Tan: 'tan',
  Tanh: 'tanh',
}

/** Operators with parameters: the function's name, and what a and b are. */
const WITH_PARAMETERS: Readonly<Record<string, (node: Node) => Unary>> = {
  Celu: (node) => ({ name: 'celu', a: node.float('alpha', 1), b: 0 }),
  Elu: (node) => ({ name: 'elu', a: node.float('alpha', 1), b: 0 }),
  Gelu: (node) => ({ name: node.string('approximate', 'none') === 'tanh' ? 'geluTanh' : 'gelu', a: 0, b: 0 }),
  HardSigmoid: (node) => ({ name: 'hardSigmoid', a: node.float('alpha', 0.2), b: node.float('beta', 0.5) }),
  LeakyRelu: (node) => ({ name: 'leakyRelu', a: node.float('alpha', 0.01), b: 0 }),
  Selu: (node) => ({
    name: 'selu',
    a: node.float('alpha', 1.6732631921768188),
    b: node.float('gamma', 1.0507010221481323),
  }),
  Swish: (node) => ({ name: 'silu', a: node.float('alpha', 1), b: 0 }),
  ThresholdedRelu: (node) => ({ name: 'thresholdedRelu', a: node.float('alpha', 1), b: 0 }),
  'com.microsoft.QuickGelu': (node) => ({ name: 'silu', a: node.float('alpha', 1.702), b: 0 }),
}

/** Positions in ActivationKind of cpp/activation, by function. */
const EPILOGUE_KINDS: Readonly<Record<string, number>> = {
  relu: 1,
  clip: 2,
  leakyRelu: 3,
  hardSwish: 4,
  hardSigmoid: 5,
  sigmoid: 6,
  silu: 7,
  gelu: 8,
  geluTanh: 9,
  tanh: 10,
}

/** The function of a node, where it is one whose parameters are known: of Clip, constants. */
function unaryOf(node: Node): Unary | undefined {
  const type = node.qualifiedType
  const name = PLAIN[type]
  if (name) return { name, a: 0, b: 0 }
  if (type === 'Clip') return clipOf(node)
  return WITH_PARAMETERS[type]?.(node)
}

/** The bounds of a Clip, where they are constants. */
export function clipOf(node: Node): Unary | undefined {
  const [, low, high] = node.inputs
  if ((low && low.constant?.size !== 1) || (high && high.constant?.size !== 1)) return undefined
  const bound = (of: typeof low, fallback: number) => of?.constant?.toNumbers()[0] ?? fallback
  return {
    name: 'clip',
    a: node.float('min', bound(low, Number.NEGATIVE_INFINITY)),
    b: node.float('max', bound(high, Number.POSITIVE_INFINITY)),
  }
}

/** What a product's epilogue is told of an activation: kind, alpha and beta; undefined for what it does not have. */
export function activationOf(node: Node): readonly [kind: number, alpha: number, beta: number] | undefined {
  const unary = unaryOf(node)
  const kind = unary && EPILOGUE_KINDS[unary.name]
  // Its silu has no factor.
  if (!unary || kind === undefined || (unary.name === 'silu' && unary.a !== 1)) return undefined
  return [kind, unary.a, unary.b]
}

/** Adds a step for a function of cpp/elementwise. */
export function applyUnary(plan: Lowering, x: Fact, { name, a, b }: Unary): Fact {
  const y = plan.create('float32', x.shape)
  plan.step(`unary.${name}`, [x], [y], [x.size, a, b])
  return y
}

const rule: OperatorRule = {
  lower(node, plan) {
    const unary = unaryOf(node) ?? decline('its bounds are no scalars')
    plan.define(node.output(), applyUnary(plan, plan.floats(node, 0), unary))
  },
  lowerGroup: lowerIntegers,
}

export const activations: Rules = Object.fromEntries(
  [...Object.keys(PLAIN), ...Object.keys(WITH_PARAMETERS), 'Clip'].map((type) => [type, rule]),
)
