import type { Tensor as RuntimeTensor } from 'onnxruntime-node'
import { attribute, Tensor } from '../../../../src/ir'
import { canUpgrade } from '../../../../src/onnx/upgrade/upgradeOpset'
import { expectSame, modelAt, opTypes, wave } from '../support/runBoth'

const IMAGE = { x: ['float32', [1, 1, 6, 6]] } as const
const image = wave([1, 1, 6, 6])

test('Scatter is ScatterElements', async () => {
  const model = modelAt(9, { x: ['float32', [4]] }, (graph, [x]) => {
    const indices = graph.addInitializer(Tensor.from('int64', [2], BigInt64Array.of(3n, 1n), 'indices'))
    const updates = graph.addInitializer(Tensor.float32([7, 8], [2], 'updates'))
    return [graph.add('Scatter', [x, indices, updates]).outputs[0]]
  })
  expect(opTypes(await expectSame(model, 21, { x: wave([4]) }))).toEqual(['ScatterElements'])
})

test('RoiAlign keeps boxes where they were', async () => {
  const model = modelAt(10, IMAGE, (graph, [x]) => {
    const rois = graph.addInitializer(Tensor.float32([0, 0.5, 3.5, 4], [1, 4], 'rois'))
    const batch = graph.addInitializer(Tensor.from('int64', [1], BigInt64Array.of(0n), 'batch'))
    const attributes = {
      output_height: attribute.int(3),
      output_width: attribute.int(2),
      sampling_ratio: attribute.int(2),
    }
    return [graph.add('RoiAlign', [x, rois, batch], { attributes }).outputs[0]]
  })
  await expectSame(model, 21, { x: image })
})

test.each(['bilinear', 'bicubic', 'nearest', undefined])('GridSample %s', async (mode) => {
  const model = modelAt(16, { ...IMAGE, grid: ['float32', [1, 3, 4, 2]] }, (graph, [x, grid]) => [
    graph.add('GridSample', [x, grid], mode ? { attributes: { mode: attribute.string(mode) } } : {})
      .outputs[0],
  ])
  const grid: RuntimeTensor = wave([1, 3, 4, 2])
  await expectSame(model, 21, { x: image, grid })
})

test('GridSample in a mode that does not exist is refused', () => {
  const model = modelAt(16, { ...IMAGE, grid: ['float32', [1, 3, 4, 2]] }, (graph, [x, grid]) => [
    graph.add('GridSample', [x, grid], { attributes: { mode: attribute.string('linear') } }).outputs[0],
  ])
  expect(canUpgrade(model, 20)[0]?.reason).toMatch(/"linear"/)
})
