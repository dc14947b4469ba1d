import { attribute, type Graph, Tensor, type Value } from '../../../src/ir'
import { Facts } from '../../../src/onnx/upgrade/facts'
import { modelAt } from './support/runBoth'

/** What is known about the last output of what `build` adds to a graph with x of rank 3 and n of unknown rank. */
function factsOf(build: (graph: Graph, x: Value, n: Value) => Value | undefined) {
  let last: Value | undefined
  const model = modelAt(11, { x: ['float16', [2, 'h', 4]], n: ['float32', []] }, (graph, [x, n]) => {
    if (n) n.type = undefined
    last = build(graph, x as Value, n as Value)
    return []
  })
  const facts = new Facts(model.graph)
  return { rank: facts.rank(last), dataType: facts.dataType(last), length: facts.vectorLength(last) }
}

const int64s = (graph: Graph, ...elements: number[]) =>
  graph.addInitializer(Tensor.from('int64', [elements.length], BigInt64Array.from(elements, BigInt), 'ints'))

test.each([
  ['elementwise', (g, x) => g.add('Relu', [x]), 3, 'float16'],
  ['broadcast', (g, x) => g.add('Add', [x, g.addInitializer(Tensor.float32([1]))]), 3, 'float16'],
  ['broadcast with the unknown', (g, x, n) => g.add('Add', [x, n]), undefined, 'float16'],
  ['comparison', (g, x) => g.add('Less', [x, x]), 3, 'bool'],
  ['cast', (g, x) => g.add('Cast', [x], { attributes: { to: attribute.int(11) } }), 3, 'float64'],
  [
    'old cast',
    (g, x) => g.add('Cast', [x], { attributes: { to: attribute.string('DOUBLE') } }),
    3,
    'float64',
  ],
  ['shape', (g, x) => g.add('Shape', [x]), 1, 'int64'],
  ['reshape', (g, x) => g.add('Reshape', [x, int64s(g, 0, -1)]), 2, 'float16'],
  [
    'reduction',
    (g, x) => g.add('ReduceSum', [x], { attributes: { axes: attribute.ints([1]) } }),
    3,
    'float16',
  ],
  [
    'reduction that drops axes',
    (g, x) =>
      g.add('ReduceMax', [x], { attributes: { axes: attribute.ints([1, 2]), keepdims: attribute.int(0) } }),
    1,
    'float16',
  ],
  [
    'reduction of all',
    (g, x) => g.add('ReduceMax', [x], { attributes: { keepdims: attribute.int(0) } }),
    0,
    'float16',
  ],
  ['squeeze', (g, x) => g.add('Squeeze', [x], { attributes: { axes: attribute.ints([0]) } }), 2, 'float16'],
  ['squeeze of whatever is one', (g, x) => g.add('Squeeze', [x]), undefined, 'float16'],
  ['unsqueeze', (g, x) => g.add('Unsqueeze', [x, int64s(g, 0, 1)]), 5, 'float16'],
  ['gather', (g, x) => g.add('Gather', [x, int64s(g, 0, 1)]), 3, 'float16'],
  ['matrix product', (g, x) => g.add('MatMul', [x, x]), 3, 'float16'],
  [
    'constant',
    (g) => g.add('Constant', [], { attributes: { value_ints: attribute.ints([1, 2]) } }),
    1,
    'int64',
  ],
  ['another domain', (g, x) => g.add('Relu', [x], { domain: 'com.example' }), undefined, undefined],
] as [
  string,
  (graph: Graph, x: Value, n: Value) => { outputs: readonly (Value | undefined)[] },
  unknown,
  unknown,
][])('%s', (_, build, rank, dataType) => {
  const found = factsOf((graph, x, n) => build(graph, x, n).outputs[0])
  expect({ rank: found.rank, dataType: found.dataType }).toEqual({ rank, dataType })
})

test('the length of a shape that is put together from another', () => {
  const found = factsOf((graph, x) => {
    const shape = graph.add('Shape', [x]).outputs[0]
    const two = graph.add('Slice', [shape, int64s(graph, -2), int64s(graph, 100)]).outputs[0]
    const cast = graph.add('Cast', [two], { attributes: { to: attribute.int(7) } }).outputs[0]
    return graph.add('Concat', [cast, int64s(graph, 5)], { attributes: { axis: attribute.int(0) } })
      .outputs[0]
  })
  expect(found.length).toBe(3)
})

test('long chains take no stack', () => {
  const found = factsOf((graph, x) => {
    let value: Value | undefined = x
    for (let index = 0; index < 20_000; index++) value = graph.add('Relu', [value]).outputs[0]
    return value
  })
  expect(found.rank).toBe(3)
})
