import { attribute, Tensor } from '../../../../src/ir'
import { canUpgrade, upgradeOpset } from '../../../../src/onnx/upgrade/upgradeOpset'
import { expectClose, expectSame, modelAt, only, run, wave } from '../support/runBoth'

const INPUT = { x: ['float32', [2, 3, 1, 4]] } as const
const feeds = { x: wave([2, 3, 1, 4]) }

/** A model of one node with attributes of integers. */
const nodeAt = (
  opset: number,
  opType: string,
  attributes: Record<string, number | number[]>,
  shape = [2, 3, 1, 4],
) =>
  modelAt(opset, { x: ['float32', shape] }, (graph, [x]) => {
    const entries = Object.entries(attributes).map(([key, value]) => [
      key,
      typeof value === 'number' ? attribute.int(value) : attribute.ints(value),
    ])
    return [graph.add(opType, [x], { attributes: Object.fromEntries(entries) }).outputs[0]]
  })

const REDUCTIONS = 'L1 L2 LogSum LogSumExp Max Mean Min Prod Sum SumSquare'
  .split(' ')
  .map((name) => `Reduce${name}`)

describe.each(REDUCTIONS)('%s', (opType) => {
  const positive = { x: wave([2, 3, 1, 4], 0.3) }
  ;(positive.x.data as Float32Array).forEach((each, index, data) => {
    data[index] = Math.abs(each) + 0.1
  })

  test.each([{ axes: [1, -1], keepdims: 0 }, { axes: [2] }, { keepdims: 0 }, {}])(
    '%p',
    async (attributes) => {
      const upgraded = await expectSame(
        nodeAt(11, opType, attributes as Record<string, number>),
        21,
        positive,
      )
      expect(only(upgraded, opType).attributes.has('axes')).toBe(false)
      expect(only(upgraded, opType).inputs).toHaveLength('axes' in attributes ? 2 : 1)
    },
  )
})

test.each([
  [7, 'Squeeze', { axes: [2] }],
  [11, 'Squeeze', {}],
  [7, 'Unsqueeze', { axes: [0, 3] }],
  [7, 'Slice', { starts: [0, -2], ends: [1, 9007199254740991], axes: [0, 3] }],
  [7, 'Slice', { starts: [1, 1], ends: [2, 3] }],
] as [number, string, Record<string, number[]>][])('opset %i %s %p', async (opset, opType, attributes) => {
  const upgraded = await expectSame(nodeAt(opset, opType, attributes), 21, feeds)
  expect(only(upgraded, opType).attributes.size).toBe(0)
})

test('TopK takes k from an input', async () => {
  const model = modelAt(
    7,
    INPUT,
    (graph, [x]) =>
      graph.add('TopK', [x], { outputs: 2, attributes: { k: attribute.int(2), axis: attribute.int(3) } })
        .outputs,
    ['float32', 'int64'],
  )
  await expectSame(model, 21, feeds)
})

test('Reshape 1 says its shape as an input', async () => {
  const model = nodeAt(1, 'Reshape', { shape: [0, -1], consumed_inputs: [0] })
  upgradeOpset(model, 21)
  expect((await run(model, feeds))[0]?.dims).toEqual([2, 12])
})

test.each([-2, 1, 2, undefined])('DFT 20 along axis %p', async (axis) => {
  const model = nodeAt(17, 'DFT', axis === undefined ? {} : { axis }, [2, 6, 5, 1])
  await expectSame(model, 21, { x: wave([2, 6, 5, 1]) })
})

test('Tile 1 repeats along one axis', async () => {
  const build = (rank: number[] | undefined) =>
    modelAt(1, { x: ['float32', rank ?? [2]] }, (graph, [x]) => {
      if (!rank && x) x.type = undefined
      const tiles = graph.addInitializer(Tensor.float32([2], [], 'tiles'))
      const axis = graph.addInitializer(Tensor.float32([1], [], 'axis'))
      return [graph.add('Tile', [x, tiles, axis]).outputs[0]]
    })
  const model = build([2, 3])
  upgradeOpset(model, 21)
  const [output] = await run(model, { x: wave([2, 3]) })
  const data = Array.from(wave([2, 3]).data as Float32Array)
  expect(output?.dims).toEqual([2, 6])
  expectClose(output?.data ?? [], [
    ...data.slice(0, 3),
    ...data.slice(0, 3),
    ...data.slice(3),
    ...data.slice(3),
  ])
  expect(canUpgrade(build(undefined), 21)[0]?.reason).toMatch(/rank .* unknown/)
})

test.each([
  ['Reshape', 1],
  ['Slice', 7],
  ['TopK', 7],
  ['Unsqueeze', 7],
  ['Pad', 7],
])('%s %i without what it must have is refused', (opType, opset) => {
  expect(canUpgrade(nodeAt(opset, opType, {}), 21)).toHaveLength(1)
})
