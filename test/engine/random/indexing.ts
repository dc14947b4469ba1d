/** What reads and writes where indices point to, and sums and orders along an axis. */
import { attribute, type Value } from '../../../src/ir'
import type { Dice } from './dice'
import { type Growth, isUsual, type RandomGraph, replaced, type Shaped, sizeOf } from './graph'

const { int, string } = attribute

/** Indices of an axis of `size`, as negative as not. */
const signed = (dice: Dice, index: number, size: number) => (dice.chance(0.3) ? index - size : index)

/** Values or constants of that shape. */
function ofShape(graph: RandomGraph, shape: readonly number[]): Shaped | Value {
  const fitting = graph.values.filter((each) => `${each.shape}` === `${shape}`)
  return fitting.length > 0 && graph.dice.chance(0.7) ? graph.dice.pick(fitting) : graph.weights(shape)
}

const gatherElements: Growth = (graph, x) => {
  const { dice } = graph
  const axis = dice.size(0, x.shape.length - 1)
  const size = x.shape[axis] as number
  const shape = replaced(
    x.shape.map((each) => dice.size(1, each)),
    axis,
    dice.size(1, 2 * size),
  )
  if (!isUsual(shape)) return undefined
  const numbers = Array.from({ length: sizeOf(shape) }, () => signed(dice, dice.size(0, size - 1), size))
  const indices = graph.tensor('int64', shape, BigInt64Array.from(numbers, BigInt))
  return graph.add('GatherElements', [x, indices], shape, { axis: int(axis) })
}

/** No element is written twice: nothing says in which order. */
const scatterElements: Growth = (graph, x) => {
  const { dice } = graph
  const axis = dice.size(0, x.shape.length - 1)
  const size = x.shape[axis] as number
  const shape = x.shape.map((each) => dice.size(1, each))
  const order = dice.order(size)
  const inner = sizeOf(shape.slice(axis + 1))
  const numbers = Array.from({ length: sizeOf(shape) }, (_, at) =>
    signed(dice, order[Math.floor(at / inner) % (shape[axis] as number)] as number, size),
  )
  const indices = graph.tensor('int64', shape, BigInt64Array.from(numbers, BigInt))
  const attributes = { axis: int(axis), reduction: string(dice.pick(['none', 'none', 'add', 'max'])) }
  return graph.add('ScatterElements', [x, indices, ofShape(graph, shape)], x.shape, attributes)
}

/** Tuples that go by the first axes, each once. */
function tuples(graph: RandomGraph, shape: readonly number[], most: number) {
  const { dice } = graph
  const depth = dice.size(1, shape.length)
  const sizes = shape.slice(0, depth)
  const count = dice.size(1, Math.min(most, sizeOf(sizes)))
  const numbers = dice
    .order(sizeOf(sizes))
    .slice(0, count)
    .flatMap((place) => {
      const tuple: number[] = []
      let left = place
      for (const size of [...sizes].reverse()) {
        tuple.unshift(signed(dice, left % size, size))
        left = Math.floor(left / size)
      }
      return tuple
    })
  const indices = graph.tensor('int64', [count, depth], BigInt64Array.from(numbers, BigInt))
  return { indices, shape: [count, ...shape.slice(depth)] }
}

const gatherRuns: Growth = (graph, x) => {
  const { indices, shape } = tuples(graph, x.shape, 20)
  return graph.add('GatherND', [x, indices], shape)
}

const scatterRuns: Growth = (graph, x) => {
  const { indices, shape } = tuples(graph, x.shape, 20)
  const attributes = { reduction: string(graph.dice.pick(['none', 'none', 'add', 'min'])) }
  return graph.add('ScatterND', [x, indices, ofShape(graph, shape)], x.shape, attributes)
}

const cumulativeSum: Growth = (graph, x) => {
  const { dice } = graph
  const axis = graph.integers([dice.size(-x.shape.length, x.shape.length - 1)])
  const flags = { exclusive: int(dice.size(0, 1)), reverse: int(dice.size(0, 1)) }
  return graph.add('CumSum', [x, axis], x.shape, flags)
}

const triangle: Growth = (graph, x) => {
  if (x.shape.length < 2) return undefined
  const diagonal = graph.dice.chance(0.7) ? graph.integers([graph.dice.size(-3, 3)]) : undefined
  return graph.add('Trilu', [x, diagonal], x.shape, { upper: int(graph.dice.size(0, 1)) })
}

const depthAndSpace: Growth = (graph, x) => {
  const [n = 1, c = 1, h = 1, w = 1] = x.shape
  const blocksize = int(2)
  if (x.shape.length !== 4) return undefined
  if (c % 4 === 0 && graph.dice.chance(0.5)) {
    const mode = string(graph.dice.pick(['DCR', 'CRD']))
    return graph.add('DepthToSpace', [x], [n, c / 4, 2 * h, 2 * w], { blocksize, mode })
  }
  if (h % 2 || w % 2) return undefined
  return graph.add('SpaceToDepth', [x], [n, 4 * c, h / 2, w / 2], { blocksize })
}

const largest: Growth = (graph, x) => {
  const { dice } = graph
  const axis = dice.size(0, x.shape.length - 1)
  const k = dice.size(1, Math.min(4, x.shape[axis] as number))
  const node = graph.build.graph.add('TopK', [x.value, graph.integers([k])], {
    attributes: { axis: int(axis), largest: int(dice.size(0, 1)) },
    outputs: 2,
  })
  return { value: node.output(0) as Value, shape: replaced(x.shape, axis, k) }
}

const einsum: Growth = (graph, x) => {
  const { dice } = graph
  const labels = [...'abcde'].slice(0, x.shape.length)
  const summed = dice.pick(labels)
  const kept = labels.filter((label) => label !== summed && dice.chance(0.4))
  const own = [...kept, summed]
  const sizeOfLabel = (label: string) => (label === 'z' ? 5 : (x.shape[labels.indexOf(label)] as number))
  const other = dice.order(own.length + 1).map((at) => [...own, 'z'][at] as string)
  const result = [...labels.filter((label) => label !== summed), 'z']
  const ordered = dice.order(result.length).map((at) => result[at] as string)
  const equation = string(`${labels.join('')},${other.join('')}->${ordered.join('')}`)
  const shape = ordered.map(sizeOfLabel)
  const weights = graph.weights(other.map(sizeOfLabel), 0.5)
  return isUsual(shape) ? graph.add('Einsum', [x, weights], shape, { equation }) : undefined
}

export const INDEXING: readonly Growth[] = [
  gatherElements,
  scatterElements,
  gatherRuns,
  scatterRuns,
  cumulativeSum,
  triangle,
  depthAndSpace,
  largest,
  einsum,
]
