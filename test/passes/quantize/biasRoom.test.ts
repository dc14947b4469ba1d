import { findLayers, type Layer } from '../../../src/passes/layer/layer'
import { makeRoomForBias } from '../../../src/passes/quantize/biasRoom'
import { check, LayerBuilder } from './support'

function layerOf(b: LayerBuilder): Layer {
  return findLayers(b.model.graph, () => false).layers[0] as Layer
}

test('only channels whose bias would not fit get a larger scale', () => {
  const b = new LayerBuilder()
  b.node('Gemm', [b.input('x', [1, 2]), b.some([2, 3])])
  const weight = {
    values: Int8Array.of(127, 127, -127, 5, 6, 7),
    scales: Float32Array.of(0.5, 2 ** -35, 2 ** -40),
    correction: undefined,
  }
  const bias = Float64Array.of(3, 1e3, 0)
  const roomy = makeRoomForBias(layerOf(b), weight, bias, 0.01)
  expect([roomy.scales[0], roomy.scales[2]]).toEqual([0.5, 2 ** -40])
  expect(Math.abs(1e3 / ((roomy.scales[1] as number) * 0.01))).toBeLessThanOrEqual(2 ** 29 * (1 + 1e-6))
  expect([...roomy.values]).toEqual([127, 0, -127, 5, 0, 7])
  // What was given is shared by all candidates.
  expect([...weight.values]).toEqual([127, 127, -127, 5, 6, 7])
})

test('ordinary weights are handed back as they are', () => {
  const b = new LayerBuilder()
  b.conv(b.input('x', [1, 2, 3, 3]), [2, 2, 1, 1])
  const weight = { values: new Int8Array(4), scales: Float32Array.of(0.1, 0.1), correction: undefined }
  for (const bias of [undefined, Float64Array.of(5, -7), Float64Array.of(Number.NaN, 1)])
    expect(makeRoomForBias(layerOf(b), weight, bias, 0.01)).toBe(weight)
})

test('almost dead channels keep their bias at every optimization level', async () => {
  const b = new LayerBuilder()
  const spread = [1e-9, 0.5, 0, -1e-7]
  const w = b.weight(
    spread.flatMap((each) => Array(4).fill(each)),
    [4, 4, 1, 1],
  )
  b.output(b.node('Conv', [b.input('x', [1, 4, 3, 3]), w, b.weight([3, -1, 2, -4])], {}, 'y'))
  const { operations } = await check(b, { snrDb: 35 })
  expect(operations.QLinearConv).toBe(1)
})

test('two layers share a weight that only one of them needs otherwise', async () => {
  const b = new LayerBuilder()
  const w = b.weight([1e-8, -1e-8, 0.5, 0.25], [2, 2, 1, 1])
  const x = b.input('x', [1, 2, 4, 4])
  const h = b.node('Conv', [x, w, b.weight([9, 1])])
  b.output(b.node('Conv', [h, w, b.weight([0, 1])], {}, 'y')).output(b.node('Tanh', [h], {}, 'z'))
  const { operations } = await check(b)
  expect(operations.QLinearConv).toBe(2)
})
