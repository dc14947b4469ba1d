import { attribute, Tensor } from '../../../../src/ir'
import { upgradeOpset } from '../../../../src/onnx/upgrade/upgradeOpset'
import { expectSame, modelAt, only, run, wave } from '../support/runBoth'

const INPUT = { x: ['float32', [2, 6]] } as const
const feeds = { x: wave([2, 6]) }

test.each([[[1, 2, 3]], [undefined]])('sizes %p', async (sizes) => {
  const model = modelAt(7, INPUT, (graph, [x]) => {
    const attributes = { axis: attribute.int(1), ...(sizes ? { split: attribute.ints(sizes) } : {}) }
    return graph.add('Split', [x], { outputs: 3, attributes }).outputs
  })
  await expectSame(model, 13, feeds)
  const upgraded = await expectSame(model, 21, feeds)
  expect(only(upgraded, 'Split').int('num_outputs', 0)).toBe(sizes ? 0 : 3)
})

test('sizes given as an input, as opset 1 had it', async () => {
  const model = modelAt(1, INPUT, (graph, [x]) => {
    const sizes = graph.addInitializer(Tensor.float32([5, 1], [2], 'sizes'))
    return graph.add('Split', [x, sizes], { outputs: 2, attributes: { axis: attribute.int(1) } }).outputs
  })
  upgradeOpset(model, 21)
  expect((await run(model, feeds)).map(({ dims }) => dims)).toEqual([
    [2, 5],
    [2, 1],
  ])
})
