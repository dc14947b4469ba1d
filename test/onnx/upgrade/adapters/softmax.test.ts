import { attribute } from '../../../../src/ir'
import { expectSame, modelAt, only, opTypes, wave } from '../support/runBoth'

const OPS = ['Softmax', 'LogSoftmax', 'Hardmax']

describe.each(OPS)('%s 13', (opType) => {
  const build = (shape: (number | string)[], axis?: number, opset = 11) =>
    modelAt(opset, { x: ['float32', shape] }, (graph, [x]) => [
      graph.add(opType, [x], { attributes: axis === undefined ? {} : { axis: attribute.int(axis) } })
        .outputs[0],
    ])

  test('stays one node along the last axis', async () => {
    const upgraded = await expectSame(build([2, 3, 4], 2), 21, { x: wave([2, 3, 4]) })
    expect(opTypes(upgraded)).toEqual([opType])
  })

  test('says the old default out loud', async () => {
    const upgraded = await expectSame(build(['batch', 5], undefined, 9), 13, { x: wave([2, 5]) })
    expect(only(upgraded, opType).int('axis', -9)).toBe(1)
  })

  test.each([0, 1, -2, -3])('goes through a matrix at axis %i', async (axis) => {
    const upgraded = await expectSame(build([2, 3, 4], axis), 21, { x: wave([2, 3, 4]) })
    expect(opTypes(upgraded)).toEqual(['Shape', 'Flatten', opType, 'Reshape'])
  })

  test('goes along the one axis that is not of size one', async () => {
    const upgraded = await expectSame(build([2, 5, 1, 1], 1), 21, { x: wave([2, 5, 1, 1]) })
    expect(opTypes(upgraded)).toEqual([opType])
  })

  test('keeps unknown sizes unknown', async () => {
    const upgraded = await expectSame(build(['n', 'c', 'h'], 1), 21, { x: wave([2, 3, 4]) })
    expect(opTypes(upgraded)).toContain('Flatten')
  })
})

test('finds the rank behind values that the file says nothing about', async () => {
  const model = modelAt(9, { x: ['float32', ['n', 4, 'w']] }, (graph, [x]) => {
    const turned = graph.add('Transpose', [x], { attributes: { perm: attribute.ints([0, 2, 1]) } })
    const relu = graph.add('Relu', [turned.outputs[0]])
    const sum = graph.add('Add', [relu.outputs[0], relu.outputs[0]])
    return [graph.add('Softmax', [sum.outputs[0]], { attributes: { axis: attribute.int(2) } }).outputs[0]]
  })
  const upgraded = await expectSame(model, 21, { x: wave([2, 4, 3]) })
  expect(opTypes(upgraded)).toEqual(['Transpose', 'Relu', 'Add', 'Softmax'])
})
