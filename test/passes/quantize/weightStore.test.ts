import { findLayers } from '../../../src/passes/layer/layer'
import { WeightStore } from '../../../src/passes/quantize/weightStore'
import { collect, LayerBuilder, samplesFor } from './support'

function twoLayers() {
  const b = new LayerBuilder()
  const w = b.some([4, 4])
  const x = b.input('x', [3, 4])
  b.output(b.node('MatMul', [x, w], {}, 'a')).output(
    b.node('MatMul', [b.node('Tanh', [x], {}, 't'), w], {}, 'b'),
  )
  return { b, layers: findLayers(b.model.graph, () => false).layers }
}

test('a shared weight has the same numbers for each layer, and a correction of its own', async () => {
  const { b, layers } = twoLayers()
  const requests = layers.map((layer) => ({ value: layer.input.name, channelAxis: -1 }))
  const store = new WeightStore(127, await collect(b.model, requests, samplesFor(b.model)))
  const done: number[] = []
  await store.prepare(layers, (count) => done.push(count))
  expect(done).toEqual([1, 2])
  const [first, second] = layers.map((layer) => store.of(layer))
  expect(first?.values).toEqual(second?.values)
  expect(first?.correction).not.toEqual(second?.correction)
})

test('a layer that was not prepared is an error that names it', async () => {
  const { layers } = twoLayers()
  const store = new WeightStore(127, { sampleCount: 0, of: () => undefined })
  await store.prepare(layers.slice(0, 1), () => undefined)
  expect(() => store.of(layers[1] as never)).toThrow(/No weight was prepared for MatMul\(b\)/)
  expect(store.meansOf(layers[0] as never)).toBeUndefined()
})
