/** Functions of elements, and of two that stand at the same place. */
import { attribute } from '../../../src/ir'
import type { Growth, Shaped } from './graph'

const { float, string } = attribute

function unary(opType: string, attributes: object = {}): Growth {
  return (graph, x) => graph.add(opType, [x], x.shape, attributes)
}

const clip: Growth = (graph, x) => {
  const { dice } = graph
  const bound = (number: number) => (dice.chance(0.8) ? graph.number(number) : undefined)
  return graph.add('Clip', [x, bound(-dice.real()), bound(2 * dice.real())], x.shape)
}

/** Values of the same shape, or with ones in its place. */
function besides(values: readonly Shaped[], { shape }: Shaped): Shaped[] {
  const fits = (other: readonly number[]) =>
    other.length === shape.length && other.every((size, axis) => size === shape[axis] || size === 1)
  return values.filter((value) => fits(value.shape))
}

const binary: Growth = (graph, x) => {
  const { dice } = graph
  const opType = dice.pick(['Add', 'Add', 'Sub', 'Mul', 'Mul', 'Min', 'Max'])
  const trailing = x.shape.slice(dice.size(0, x.shape.length)).map((size) => (dice.chance(0.5) ? size : 1))
  const other = dice.chance(0.6) ? dice.pick(besides(graph.values, x)) : graph.weights(trailing)
  return graph.add(opType, dice.chance(0.5) ? [x, other] : [other, x], x.shape)
}

/** A value times a function of itself, or of its mean. */
const gate: Growth = (graph, x) => {
  const { dice } = graph
  const isImage = x.shape.length === 4 && dice.chance(0.5)
  const mean = isImage ? graph.add('GlobalAveragePool', [x], [...x.shape.slice(0, 2), 1, 1]) : x
  const by = graph.add(dice.pick(['Sigmoid', 'HardSigmoid', 'Tanh']), [mean], mean.shape)
  return graph.add('Mul', dice.chance(0.5) ? [x, by] : [by, x], x.shape)
}

const quotient: Growth = (graph, x) => {
  const sizes = graph.add('Abs', [x], x.shape)
  const positive = graph.add('Add', [sizes, graph.number(0.5)], x.shape)
  return graph.dice.chance(0.5)
    ? graph.add('Div', [x, positive], x.shape)
    : graph.add(graph.dice.pick(['Sqrt', 'Log', 'Reciprocal']), [positive], x.shape)
}

const normalized: Growth = (graph, x) => {
  const channels = x.shape[1] ?? 1
  if (x.shape.length < 3) return undefined
  const some = () => graph.weights([channels])
  const variance = graph.dice.noise(channels).map((each) => Math.abs(each) + 0.3)
  const inputs = [x, some(), some(), some(), graph.tensor('float32', [channels], variance)]
  return graph.add('BatchNormalization', inputs, x.shape)
}

export const ELEMENTS: readonly Growth[] = [
  ...['Relu', 'Sigmoid', 'Tanh', 'HardSwish', 'HardSigmoid', 'Softplus', 'Erf', 'Abs', 'Mish'].map((opType) =>
    unary(opType),
  ),
  unary('LeakyRelu', { alpha: float(0.2) }),
  unary('Elu', { alpha: float(0.5) }),
  unary('Gelu'),
  unary('Gelu', { approximate: string('tanh') }),
  clip,
  quotient,
  normalized,
  ...Array<Growth>(4).fill(binary),
  ...Array<Growth>(2).fill(gate),
]
