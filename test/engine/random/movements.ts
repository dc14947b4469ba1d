/** What moves elements about. */
import { attribute, type Value } from '../../../src/ir'
import { type Growth, isUsual, replaced, sizeOf } from './graph'

const { int, ints, string } = attribute

const transpose: Growth = (graph, x) => {
  const perm = graph.dice.order(x.shape.length)
  return graph.add(
    'Transpose',
    [x],
    perm.map((axis) => x.shape[axis] as number),
    { perm: ints(perm) },
  )
}

const reshape: Growth = (graph, x) => {
  const { dice } = graph
  const size = sizeOf(x.shape)
  const first = dice.pick([1, 2, 3, 4, 6].filter((each) => size % each === 0))
  const second = dice.pick([1, 2, 3, 4].filter((each) => (size / first) % each === 0))
  const shape = dice.pick([
    [first, size / first],
    [1, first, size / first],
    [second, first, size / first / second],
    [1, first, second, size / first / second],
  ])
  const wanted = dice.chance(0.5) ? replaced(shape, shape.length - 1, -1) : shape
  return graph.add('Reshape', [x, graph.integers(wanted)], shape)
}

const concat: Growth = (graph, x) => {
  const { dice } = graph
  const axis = dice.size(0, x.shape.length - 1)
  const fits = (other: readonly number[]) =>
    other.length === x.shape.length && other.every((size, index) => index === axis || size === x.shape[index])
  const fitting = graph.values.filter(({ shape }) => fits(shape))
  const parts = [x, ...Array.from({ length: dice.size(1, 2) }, () => dice.pick(fitting))]
  const shape = replaced(
    x.shape,
    axis,
    parts.reduce((all, part) => all + (part.shape[axis] as number), 0),
  )
  return isUsual(shape) ? graph.add('Concat', parts, shape, { axis: int(axis) }) : undefined
}

const split: Growth = (graph, x) => {
  const axis = graph.dice.size(0, x.shape.length - 1)
  const size = x.shape[axis] as number
  if (size < 2) return undefined
  const first = graph.dice.size(1, size - 1)
  const { outputs } = graph.build.graph.add('Split', [x.value, graph.integers([first, size - first])], {
    attributes: { axis: int(axis) },
    outputs: 2,
  })
  graph.values.push({ ...x, value: outputs[0] as Value, shape: replaced(x.shape, axis, first) })
  return { ...x, value: outputs[1] as Value, shape: replaced(x.shape, axis, size - first) }
}

const slice: Growth = (graph, x) => {
  const { dice } = graph
  const axis = dice.size(0, x.shape.length - 1)
  const size = x.shape[axis] as number
  const step = dice.pick([1, 1, 2, 3, -1])
  const from = dice.size(0, size - 1)
  const length = step > 0 ? Math.ceil((size - from) / step) : from + 1
  const bounds = [[from], [step > 0 ? size : -size - 1], [axis], [step]].map((each) => graph.integers(each))
  return graph.add('Slice', [x, ...bounds], replaced(x.shape, axis, length))
}

const pad: Growth = (graph, x) => {
  const { dice } = graph
  const some = () =>
    x.shape.map((size, axis) => (axis >= x.shape.length - 2 && size > 3 ? dice.size(0, 2) : 0))
  const [before, after] = [some(), some()]
  const shape = x.shape.map((size, axis) => size + (before[axis] as number) + (after[axis] as number))
  const mode = string(dice.pick(['constant', 'reflect', 'edge']))
  return isUsual(shape)
    ? graph.add('Pad', [x, graph.integers([...before, ...after])], shape, { mode })
    : undefined
}

const gather: Growth = (graph, x) => {
  const { dice } = graph
  const axis = dice.size(0, x.shape.length - 1)
  const size = x.shape[axis] as number
  const indices = Array.from({ length: dice.size(1, 4) }, () => dice.size(-size, size - 1))
  const shape = replaced(x.shape, axis, indices.length)
  return graph.add('Gather', [x, graph.integers(indices)], shape, { axis: int(axis) })
}

const squeeze: Growth = (graph, x) => {
  const { dice } = graph
  const axis = dice.size(0, x.shape.length - 1)
  if (x.shape[axis] === 1 && x.shape.length > 1)
    return graph.add('Squeeze', [x, graph.integers([axis])], x.shape.toSpliced(axis, 1))
  return x.shape.length < 5
    ? graph.add('Unsqueeze', [x, graph.integers([axis])], x.shape.toSpliced(axis, 0, 1))
    : undefined
}

const resize: Growth = (graph, x) => {
  const { dice } = graph
  if (x.shape.length !== 4) return undefined
  const scales = [
    1,
    1,
    ...dice.pick([
      [2, 2],
      [3, 2],
      [0.5, 0.5],
      [1.5, 2],
    ]),
  ]
  const shape = x.shape.map((size, axis) => Math.floor(size * (scales[axis] as number)))
  if (!isUsual(shape)) return undefined
  const attributes = {
    mode: string(dice.pick(['nearest', 'linear'])),
    coordinate_transformation_mode: string(dice.pick(['half_pixel', 'asymmetric', 'align_corners'])),
    nearest_mode: string(dice.pick(['floor', 'round_prefer_floor', 'ceil'])),
  }
  return graph.add('Resize', [x, undefined, undefined, graph.integers(shape)], shape, attributes)
}

export const MOVEMENTS: readonly Growth[] = [
  transpose,
  transpose,
  reshape,
  concat,
  concat,
  split,
  slice,
  pad,
  gather,
  squeeze,
  resize,
]
