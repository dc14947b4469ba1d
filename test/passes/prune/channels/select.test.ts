/** What is selected when something else would be left with nothing. */
import type { ChannelAnalysis } from '../../../../src/analysis/channels'
import { attribute, type Value } from '../../../../src/ir'
import { selectByRatio } from '../../../../src/passes/prune/channels/byRatio'
import { Groups } from '../../../../src/passes/prune/channels/groups'
import { nearestStep, widthsOf } from '../../../../src/passes/prune/channels/widths'
import { LayerBuilder } from '../../quantize/support'
import { analyze } from './oracle'

/** A layer of 12 channels, of which another reads the first 3 alone. */
async function uneven(): Promise<ChannelAnalysis> {
  const g = new LayerBuilder()
  const x = g.conv(g.input('x', ['n', 2, 4, 4]), [12, 2, 1, 1], { name: 'first' })
  const few = g.node('Slice', [x, g.ints([0]), g.ints([3]), g.ints([1])])
  g.output(g.node('Add', [g.conv(few, [5, 3, 1, 1]), g.conv(x, [5, 12, 1, 1])]))
  return analyze(g.model)
}

/** The first channels matter least. */
const rising = (count: number) => Float64Array.from({ length: count }, (_, at) => at)

test('groups that something cannot do without are passed over', async () => {
  const groups = new Groups([await uneven()])
  const skipped = selectByRatio(groups, widthsOf(groups, 1), rising(groups.count), {
    ratio: 0.5,
    multipleOf: 1,
  })
  expect(skipped).toEqual([])
  // 0 and 1 go, 2 is the last that the small layer has, so 3 to 6 go instead.
  expect(Array.from({ length: 12 }, (_, group) => groups.has(group))).toEqual(
    [0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1].map(Boolean),
  )
})

test('where that does not lead to a multiple, the width before it stays', async () => {
  const groups = new Groups([await uneven()])
  const [width] = widthsOf(groups, 1)
  // All but one of the steps left out, and a ratio that wants more than can go.
  const steps = [{ ...(width as NonNullable<typeof width>), steps: [12, 6, 0] }]
  const skipped = selectByRatio(groups, steps, rising(groups.count), { ratio: 0.99, multipleOf: 6 })
  expect(groups.removedCount).toBe(6)
  expect(skipped.at(-1)).toEqual({
    at: 'Conv(first)',
    reason: 'something else that reads these channels would be left with none',
  })
})

test('restoring takes back what was removed', async () => {
  const groups = new Groups([await uneven()])
  const [place] = groups.families.map((family) => family.place)
  groups.remove([0, 1])
  expect(groups.canRemove([2])).toBe(false)
  expect(place && groups.leftOf(place)).toBe(10)
  groups.restore([1])
  expect(groups.canRemove([2])).toBe(true)
  expect([groups.has(0), groups.has(1), groups.removedCount]).toEqual([false, true, 1])
})

test('groups of several graphs are told apart, and from channels that stay', async () => {
  const analyses = [await uneven(), await uneven()]
  const groups = new Groups(analyses)
  expect(groups.count).toBe(24)
  // The last of the first graph comes just before those of the second, as channels that stay do.
  groups.remove([11, 14])
  expect(analyses.map((analysis) => [...groups.removedFrom(analysis)])).toEqual([[11], [2]])
})

describe('widths', () => {
  const widths = async (
    build: (g: LayerBuilder, x: Value) => Value,
    channels: number,
    multipleOf: number,
  ) => {
    const g = new LayerBuilder()
    const x = g.conv(g.input('x', [2, 2, 4, 4]), [channels, 2, 1, 1])
    g.output(build(g, x))
    return widthsOf(new Groups([await analyze(g.model)]), multipleOf)
  }

  test('are multiples, or what they were', async () => {
    const [width] = await widths((g, x) => g.conv(x, [3, 20, 1, 1]), 20, 8)
    expect(width).toMatchObject({ own: 20, all: 20, steps: [20, 16, 8] })
    expect(
      [19, 17, 13, 12, 3, 0].map((wanted) => nearestStep(width as NonNullable<typeof width>, wanted)),
    ).toEqual([20, 16, 16, 16, 8, 8])
  })

  test('count channels that stay', async () => {
    const [width] = await widths(
      (g, x) => {
        g.conv(x, [3, 20, 1, 1])
        return g.node('Slice', [x, g.ints([0]), g.ints([3]), g.ints([1])])
      },
      20,
      8,
    )
    expect(width).toMatchObject({ own: 17, all: 20, steps: [17, 13, 5] })
  })

  test('of halves, each by itself', async () => {
    const split = (g: LayerBuilder, x: Value) => {
      const attributes = { axis: attribute.int(1) }
      const [a, b] = g.model.graph.add('Split', [x, g.ints([8, 16])], { outputs: 2, attributes }).outputs
      const worked = g.conv(b as Value, [16, 16, 1, 1])
      return g.node('Add', [
        g.conv(a as Value, [3, 8, 1, 1]),
        g.conv(g.node('Add', [worked, b as Value]), [3, 16, 1, 1]),
      ])
    }
    const found = await widths(split, 24, 4)
    expect(found.map(({ own, steps }) => [own, steps])).toEqual([
      [8, [8, 4]],
      [16, [16, 12, 8, 4]],
    ])
  })

  test('of blocks, as many as make a multiple', async () => {
    const blocks = (g: LayerBuilder, x: Value) => {
      const laidOut = g.node('Reshape', [x, g.ints([2, 6, 4, 16])])
      const product = g.node('MatMul', [
        laidOut,
        g.node('Transpose', [laidOut], { perm: attribute.ints([0, 1, 3, 2]) }),
      ])
      return g.node('ReduceSum', [product, g.ints([1])])
    }
    const [width] = await widths(blocks, 24, 8)
    expect(width).toMatchObject({ own: 24, steps: [6, 4, 2], family: { perGroup: 4 } })
  })
})
