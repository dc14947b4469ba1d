import { Tensor as RuntimeTensor } from 'onnxruntime-node'
import { attribute, type DataType } from '../../../../src/ir'
import { canUpgrade, upgradeOpset } from '../../../../src/onnx/upgrade/upgradeOpset'
import { expectSame, modelAt, only, wave } from '../support/runBoth'

const clip = (dataType: DataType, attributes: Record<string, number>) =>
  modelAt(
    6,
    { x: [dataType, [2, 6]] },
    (graph, [x]) => [
      graph.add('Clip', [x], {
        attributes: Object.fromEntries(
          Object.entries(attributes).map(([key, value]) => [key, attribute.float(value)]),
        ),
      }).outputs[0],
    ],
    dataType,
  )

describe('Clip 11', () => {
  test.each([{ min: -0.5, max: 0.25 }, { min: 0 }, { max: 0.1 }, {}])('%p', async (bounds) => {
    const model = clip('float32', bounds)
    model.opset = 7
    const upgraded = await expectSame(model, 21, { x: wave([2, 6]) })
    const node = only(upgraded, 'Clip')
    expect(node.attributes.size).toBe(0)
    expect(node.inputs[1] !== undefined).toBe('min' in bounds)
    expect(node.inputs[2] !== undefined).toBe('max' in bounds)
  })

  test.each([
    ['float16', [-0.0999755859375, Number.POSITIVE_INFINITY]],
    ['float64', [Math.fround(-0.1), 1e6]],
  ] as [DataType, number[]][])('has bounds of its input type %s', (dataType, expected) => {
    const model = clip(dataType, { min: Math.fround(-0.1), max: 1e6 })
    upgradeOpset(model, 21)
    const bounds = only(model, 'Clip').inputs.slice(1)
    expect(bounds.map((each) => each?.constant?.dataType)).toEqual([dataType, dataType])
    expect(bounds.flatMap((each) => each?.constant?.toNumbers())).toEqual(expected)
  })

  test('finds the type behind values that the file says nothing about', async () => {
    const model = modelAt(9, { x: ['int32', [4]] }, (graph, [x]) => {
      const cast = graph.add('Cast', [x], { attributes: { to: attribute.int(1) } })
      const relu = graph.add('Abs', [cast.outputs[0]])
      return [graph.add('Clip', [relu.outputs[0]], { attributes: { max: attribute.float(2) } }).outputs[0]]
    })
    const x = new RuntimeTensor('int32', Int32Array.of(-3, 1, 2, 5), [4])
    await expectSame(model, 21, { x })
  })

  test('refuses where the type is unknown, and says so', () => {
    const model = modelAt(9, { x: ['float32', [4]] }, (graph, [x]) => {
      const custom = graph.add('Strange', [x], { domain: 'com.example' })
      return [graph.add('Clip', [custom.outputs[0]], { attributes: { max: attribute.float(2) } }).outputs[0]]
    })
    model.opsetImports.set('com.example', 1)
    expect(canUpgrade(model, 21)[0]?.reason).toMatch(/element type .* unknown/)
  })
})

describe('Pad 11', () => {
  test.each([
    ['constant', 0],
    ['constant', -1.5],
    ['reflect', 0],
    ['edge', 0],
  ])('%s %p', async (mode, value) => {
    const model = modelAt(7, { x: ['float32', [2, 3]] }, (graph, [x]) => [
      graph.add('Pad', [x], {
        attributes: {
          mode: attribute.string(mode),
          pads: attribute.ints([1, 0, 1, 2]),
          value: attribute.float(value),
        },
      }).outputs[0],
    ])
    const upgraded = await expectSame(model, 21, { x: wave([2, 3]) })
    expect(only(upgraded, 'Pad').inputs).toHaveLength(value === 0 ? 2 : 3)
  })
})

test('Dropout 12 takes its ratio from an input', async () => {
  const model = modelAt(10, { x: ['float32', [3]] }, (graph, [x]) => [
    graph.add('Dropout', [x], { attributes: { ratio: attribute.float(0.25) } }).outputs[0],
  ])
  const upgraded = await expectSame(model, 21, { x: wave([3]) })
  expect(only(upgraded, 'Dropout').inputs[1]?.constant?.toNumbers()).toEqual([0.25])
})
