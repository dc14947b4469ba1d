/** What makes one element of several: pools, reductions, normalizations. */
import { attribute } from '../../../src/ir'
import { type Growth, isUsual } from './graph'
import { sizesBehind, windowAttributes, windowFrom } from './layers'

const { float, int } = attribute

export const pool: Growth = (graph, x) => {
  const [images = 1, channels = 1, ...sizes] = x.shape
  if (sizes.length !== 2) return undefined
  const { dice } = graph
  const { kernel, strides } = windowFrom(dice)
  const pads = [...kernel, ...kernel].map((size) => dice.size(0, size >> 1))
  const window = { kernel, strides, pads, dilations: [1, 1] } as const
  const shape = [images, channels, ...sizesBehind(sizes, window)]
  if (!isUsual(shape)) return undefined
  const { dilations: _, ...attributes } = windowAttributes(window)
  const counts = { count_include_pad: int(dice.size(0, 1)) }
  return dice.chance(0.5)
    ? graph.add('MaxPool', [x], shape, attributes)
    : graph.add('AveragePool', [x], shape, { ...attributes, ...counts })
}

const reduce: Growth = (graph, x) => {
  const { dice } = graph
  const opType = dice.pick([
    'ReduceMean',
    'ReduceSum',
    'ReduceMax',
    'ReduceMin',
    'ReduceL2',
    'ReduceSumSquare',
  ])
  const axes = [...x.shape.keys()].filter(() => dice.chance(0.4))
  if (axes.length === 0) return undefined
  const keepdims = int(1)
  const shape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
  return graph.add(opType, [x, graph.integers(axes)], shape, { keepdims })
}

const softmax: Growth = (graph, x) => {
  const axis = int(graph.dice.size(-x.shape.length, x.shape.length - 1))
  return graph.add(graph.dice.pick(['Softmax', 'Softmax', 'LogSoftmax']), [x], x.shape, { axis })
}

/** Not of what hardly varies: the error of a mean would be all that is left. */
const layerNormalization: Growth = (graph, x) => {
  const width = x.shape.at(-1) ?? 1
  const bias = graph.dice.chance(0.7) ? graph.weights([width]) : undefined
  return graph.add('LayerNormalization', [x, graph.weights([width]), bias], x.shape, {
    axis: int(-1),
    epsilon: float(0.1),
  })
}

const instanceNormalization: Growth = (graph, x) => {
  const channels = x.shape[1] ?? 1
  if (x.shape.length < 3) return undefined
  const inputs = [x, graph.weights([channels]), graph.weights([channels])]
  return graph.add('InstanceNormalization', inputs, x.shape, { epsilon: float(0.1) })
}

export const SUMMARIES: readonly Growth[] = [
  pool,
  pool,
  reduce,
  softmax,
  layerNormalization,
  instanceNormalization,
]
