import { TypeView } from '../../src/analysis'
import { learnRanks } from '../../src/engine/ranks'
import { attribute, Tensor, type Value } from '../../src/ir'
import { ModelBuilder } from './support'

/** Number of axes of what a node makes of these inputs. */
function rankOf(make: (build: ModelBuilder, x: Value, y: Value) => Value): number | undefined {
  const build = new ModelBuilder()
  const value = make(build, build.input('x', ['a', 2, 3]), build.input('y', ['b']))
  const types = new TypeView()
  learnRanks(build.graph, types)
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
