/** Shuffles stay what they are where they can, and become the reordering that they are where they cannot. */
import { attribute, type Value } from '../../../../../src/ir'
import { Groups } from '../../../../../src/passes/prune/channels/groups'
import { remainderUpdates } from '../../../../../src/passes/prune/channels/remainders'
import { Kept } from '../../../../../src/passes/prune/channels/remove/kept'
import { removeChannels } from '../../../../../src/passes/prune/channels/remove/removeChannels'
import { leftFactors } from '../../../../../src/passes/prune/channels/remove/reshape'
import { uniform } from '../../../../calibrate/support'
import { countOf, LayerBuilder, samplesFor } from '../../../quantize/support'
import { analyze, expectExact } from '../oracle'

/** A layer of 12 channels, shuffled in 3 groups; behind them a layer that reads them. */
function shuffled(targets: (g: LayerBuilder, x: Value) => [Value, Value]): LayerBuilder {
  const g = new LayerBuilder()
  const x = g.conv(g.input('x', ['n', 2, 4, 4]), [12, 2, 1, 1])
  const [apart, together] = targets(g, x)
  const turned = g.node('Transpose', [g.node('Reshape', [x, apart])], {
    perm: attribute.ints([0, 2, 1, 3, 4]),
  })
  return g.output(g.conv(g.node('Reshape', [turned, together]), [3, 12, 1, 1]))
}

const spelledOut = (g: LayerBuilder): [Value, Value] => [g.ints([-1, 3, 4, 4, 4]), g.ints([-1, 12, 4, 4])]

async function without(g: LayerBuilder, removed: readonly number[]): Promise<LayerBuilder> {
  const analysis = await analyze(g.model)
  const groups = new Groups([analysis])
  groups.remove(removed)
  const kept = new Kept(analysis, groups.removedFrom(analysis))
  removeChannels(g.model.graph, kept, await remainderUpdates(kept))
  g.model.verify()
  return g
}

test('whole groups and the same channel of each leave a shuffle', async () => {
  // The first of 3 groups of 4, and the second of each group.
  const { model } = await without(shuffled(spelledOut), [0, 1, 2, 3, 5, 9])
  expect([countOf(model, 'Transpose'), countOf(model, 'Gather')]).toEqual([1, 0])
  const targets = model.graph.nodes
    .filter((node) => node.is('Reshape'))
    .map((node) => node.input(1)?.constant?.toNumbers())
  expect(targets).toEqual([
    [-1, 2, 3, 4, 4],
    [-1, 6, 4, 4],
  ])
})

test('other channels leave a reordering', async () => {
  const { model } = await without(shuffled(spelledOut), [0, 6])
  expect([countOf(model, 'Transpose'), countOf(model, 'Reshape'), countOf(model, 'Gather')]).toEqual([
    0, 0, 1,
  ])
  const order = model.graph.nodes
    .find((node) => node.is('Gather'))
    ?.input(1)
    ?.constant?.toNumbers()
  // 4, 8, 1, 5, 9, 2, 10, 3, 7, 11 of the twelve.
  expect(order).toEqual([3, 6, 0, 4, 7, 1, 8, 2, 5, 9])
})

test.each<[string, (g: LayerBuilder, x: Value) => [Value, Value]]>([
  ['spelled out', spelledOut],
  ['copied and inferred', (g) => [g.ints([0, 3, -1, 4, 4]), g.ints([0, -1, 4, 4])]],
  [
    'put together from sizes',
    (g, x) => {
      const size = (axis: number) => g.node('Gather', [g.node('Shape', [x]), g.ints([axis])])
      const concat = (...parts: Value[]) => g.node('Concat', parts, { axis: attribute.int(0) })
      return [concat(size(0), g.ints([3, 4]), size(2), size(3)), concat(size(0), size(1), size(2), size(3))]
    },
  ],
])('sizes %s', async (_, targets) => {
  const { model } = shuffled(targets)
  expect((await analyze(model)).families).toHaveLength(1)
  for (const seed of [1, 2, 3]) await expectExact(model, samplesFor(model, 1), uniform(seed))
})

test('a shuffle that others look into is none', async () => {
  const g = shuffled(spelledOut)
  const apart = g.model.graph.nodes.find((node) => node.is('Reshape'))?.output() as Value
  g.output(g.node('ReduceSum', [apart, g.ints([2, 3, 4])]))
  const { families } = await analyze(g.model)
  expect(families.map(({ perGroup }) => perGroup)).toEqual([3])
})

test.each([
  [
    [3, 4],
    [0, 1, 2, 3, 8, 9, 10, 11],
    [2, 4],
  ],
  [
    [3, 4],
    [1, 3, 5, 7, 9, 11],
    [3, 2],
  ],
  [
    [3, 4],
    [1, 3, 9, 11],
    [2, 2],
  ],
  [[3, 4], [0, 1, 4], undefined],
  [
    [2, 2, 3],
    [0, 2, 6, 8],
    [2, 1, 2],
  ],
])('of %j, channels %j leave %j', (factors, channels, expected) => {
  expect(leftFactors(factors, Int32Array.from(channels))).toEqual(expected)
})
