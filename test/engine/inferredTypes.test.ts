import { TypeView } from '../../src/analysis'
import { learnTypes } from '../../src/engine/inferredTypes'
import { attribute, type DataType, Tensor, type Value } from '../../src/ir'
import { ModelBuilder } from './support'

/** Number of axes of what a node makes of these inputs. */
function rankOf(make: (build: ModelBuilder, x: Value, y: Value) => Value): number | undefined {
  const build = new ModelBuilder()
  const value = make(build, build.input('x', ['a', 2, 3]), build.input('y', ['b']))
  const types = new TypeView()
  learnTypes(build.graph, types)
  return types.rankOf(value)
}

const ints = (build: ModelBuilder, ...numbers: number[]) => build.constant(Tensor.int64(numbers))

test.each<[string, Parameters<typeof rankOf>[0], number | undefined]>([
  ['Relu', (build, x) => build.add('Relu', [x]), 3],
  [
    'BatchNormalization',
    (build, x) => build.add('BatchNormalization', [x, ...[1, 2, 3, 4].map(() => build.weight([2]))]),
    3,
  ],
  ['Shape', (build, x) => build.add('Slice', [build.add('Shape', [x]), ints(build, 0), ints(build, 1)]), 1],
  ['Add', (build, x, y) => build.add('Add', [y, x]), 3],
  ['MatMul of matrices', (build, x) => build.add('MatMul', [x, build.weight([3, 4])]), 3],
  ['MatMul by a vector', (build, x) => build.add('MatMul', [x, build.weight([3])]), undefined],
  ['Gather', (build, x) => build.add('Gather', [x, ints(build, 0, 1)]), 3],
  ['Gather of a scalar', (build, x) => build.add('Gather', [x, build.constant(Tensor.int64([0], []))]), 2],
  ['Reshape', (build, x) => build.add('Reshape', [x, ints(build, 0, 2, -1, 1)]), 4],
  ['Expand', (build, _, y) => build.add('Expand', [y, ints(build, 2, 1)]), 2],
  ['Unsqueeze', (build, x) => build.add('Unsqueeze', [x, ints(build, 0, 1)]), 5],
  ['Squeeze', (build, x) => build.add('Squeeze', [x, ints(build, 0)]), 2],
  ['ReduceMean', (build, x) => build.add('ReduceMean', [x, ints(build, -1)]), 3],
  [
    'ReduceMean that drops axes',
    (build, x) => build.add('ReduceMean', [x], { keepdims: attribute.int(0) }),
    undefined,
  ],
  ['what is not known', (build, x) => build.add('Relu', [build.add('NonZero', [x])]), undefined],
])('%s', (_, make, rank) => {
  expect(rankOf(make)).toBe(rank)
})

/** Element type of what a node makes of floats and whole numbers. */
function dataTypeOf(
  make: (build: ModelBuilder, x: Value, n: Value) => Value | undefined,
): DataType | undefined {
  const build = new ModelBuilder()
  const value = make(build, build.input('x', ['a', 4]), build.input('n', ['a', 4], 'int64'))
  const types = new TypeView()
  learnTypes(build.graph, types)
  return value && types.dataTypeOf(value)
}

const unknown = (build: ModelBuilder, x: Value) => build.add('Custom', [x])

test.each<[string, Parameters<typeof dataTypeOf>[0], DataType | undefined]>([
  ['Relu', (build, x) => build.add('Relu', [x]), 'float32'],
  ['Add', (build, _, n) => build.add('Add', [n, n]), 'int64'],
  ['Add to what is not known', (build, x) => build.add('Add', [unknown(build, x), x]), 'float32'],
  ['Pow of what is not known', (build, x) => build.add('Pow', [unknown(build, x), x]), undefined],
  ['Pow', (build, x, n) => build.add('Pow', [x, n]), 'float32'],
  ['Cast', (build, x) => build.add('Cast', [x], { to: attribute.int(6) }), 'int32'],
  ['Shape', (build, x) => build.add('Shape', [x]), 'int64'],
  ['Where', (build, _, n) => build.add('Where', [build.add('Equal', [n, n]), n, n]), 'int64'],
  ['Equal', (build, _, n) => build.add('Equal', [n, n]), 'bool'],
  ['MatMul', (build, x) => build.add('MatMul', [x, build.weight([4, 2])]), 'float32'],
  ['Split', (build, x) => build.graph.add('Split', [x], { outputs: 2 }).output(1), 'float32'],
  ['a place of MaxPool', (build, x) => build.graph.add('MaxPool', [x], { outputs: 2 }).output(1), undefined],
])('the element type behind %s', (_, make, dataType) => {
  expect(dataTypeOf(make)).toBe(dataType)
})

test('what a model declares stays', () => {
  const build = new ModelBuilder()
  const y = build.add('Relu', [build.input('x', ['a', 2])])
  y.type = { kind: 'tensor', dataType: 'float32' }
  const types = new TypeView()
  learnTypes(build.graph, types)
  expect([types.rankOf(y), types.dataTypeOf(y)]).toEqual([2, 'float32'])
})
