import { Tensor as RuntimeTensor } from 'onnxruntime-node'
import { attribute, type Model, Tensor } from '../../../src/ir'
import { findLayers, type Layer } from '../../../src/passes/layer/layer'
import { channelScales, roundToNearest, weightLayout } from '../../../src/passes/quantize/weights'
import { runModel } from '../../support/passContext'
import { randomNumbers } from '../simplify/support'
import { collect, type Feeds, LayerBuilder, quantizeNow, samplesFor } from './support'

/** The only layer of a graph. */
function layerOf({ model }: { model: Model }): Layer {
  const [layer] = findLayers(model.graph, () => false).layers
  return layer as Layer
}

/** Scales and values element by element, in float64. */
function twin(weight: Float32Array, shape: readonly number[], axis: number, levels: number) {
  const inner = shape.slice(axis + 1).reduce((all, size) => all * size, 1)
  const channels = shape[axis] as number
  const channel = (index: number) => Math.floor(index / inner) % channels
  const reach = new Float64Array(channels)
  weight.forEach((each, index) => {
    reach[channel(index)] = Math.max(reach[channel(index)] as number, Math.abs(each))
  })
  const scales = reach.map((each) => (each > 0 ? Math.fround(Math.max(each / levels, 2 ** -40)) : 1))
  const exact = Float64Array.from(weight, (each, index) => each / (scales[channel(index)] as number))
  return { scales, exact }
}

describe('rounding to the nearest', () => {
  const kinds: [string, (b: LayerBuilder) => void, number][] = [
    ['Conv', (b) => b.conv(b.input('x', [1, 3, 5, 5]), [4, 3, 3, 3]), 0],
    ['MatMul', (b) => b.node('MatMul', [b.input('x', [2, 6]), b.some([6, 5])]), 1],
    [
      'Gemm transB',
      (b) => b.node('Gemm', [b.input('x', [2, 6]), b.some([5, 6])], { transB: attribute.int(1) }),
      0,
    ],
    ['ConvTranspose', (b) => b.node('ConvTranspose', [b.input('x', [1, 3, 5, 5]), b.some([3, 4, 2, 2])]), 1],
  ]

  test.each(kinds.flatMap(([name, make, axis]) => [127, 63].map((levels) => ({ name, make, axis, levels }))))(
    '$name, $levels levels',
    async ({ make, axis, levels }) => {
      const b = new LayerBuilder()
      make(b)
      const layer = layerOf(b)
      expect(layer.channelAxis).toBe(axis)
      const { shape, elements } = layer.weight.constant as Tensor
      const { values, scales } = await roundToNearest(layer, levels, undefined)
      const expected = twin(elements as Float32Array, shape, axis, levels)
      expect([...scales]).toEqual([...expected.scales])
      values.forEach((value, index) => {
        expect(Math.abs(value - (expected.exact[index] as number))).toBeLessThanOrEqual(0.5 + 1e-4)
        expect(Math.abs(value)).toBeLessThanOrEqual(levels)
      })
      // The largest weight of each channel uses the last level.
      expect(Math.max(...values.map(Math.abs))).toBe(levels)
    },
  )

  test('channels of zeros, of huge, of tiny and of denormal weights', async () => {
    const weight = Float32Array.of(0, 0, 3e38, -1e38, 1e-9, -2e-9, 1e-44, 0)
    const scales = await channelScales(weight, weightLayout([4, 2], 0), 127)
    expect(scales[0]).toBe(1)
    expect(scales[1]).toBe(Math.fround(Math.fround(3e38) / 127))
    expect(scales[2]).toBe(Math.fround(Math.fround(2e-9) / 127))
    expect(scales[3]).toBe(2 ** -40)
  })

  test('NaN and infinity do not spread to other channels', async () => {
    const b = new LayerBuilder()
    const w = b.weight([Number.NaN, 1, Number.POSITIVE_INFINITY, 1, 0.5, -0.25], [3, 2, 1, 1])
    b.node('Conv', [b.input('x', [1, 2, 1, 1]), w])
    const { values, scales } = await roundToNearest(layerOf(b), 127, Float64Array.of(1, 1))
    expect(scales.every((scale) => scale > 0 && Number.isFinite(scale))).toBe(true)
    expect([...values.slice(4)]).toEqual([127, -64])
  })

  test('the layout of an axis', () => {
    expect(weightLayout([2, 3, 4, 5], 1)).toEqual({ outer: 2, channels: 3, inner: 20 })
    expect(weightLayout([7], 0)).toEqual({ outer: 1, channels: 7, inner: 1 })
  })
})

describe('bias correction', () => {
  const convolutions = [
    { title: 'plain', shape: [4, 3, 3, 3], group: 1 },
    { title: 'grouped', shape: [6, 2, 3, 2], group: 3 },
    { title: 'depthwise', shape: [4, 1, 3, 3], group: 4 },
    { title: 'depthwise, two outputs a channel', shape: [8, 1, 3, 3], group: 4 },
    { title: 'pointwise', shape: [5, 7, 1, 1], group: 1 },
    { title: 'one-dimensional', shape: [5, 3, 4], group: 1 },
  ]

  test.each(convolutions)('of a $title convolution', async ({ shape, group }) => {
    const b = new LayerBuilder()
    const [outputs = 0, perGroup = 0, ...kernel] = shape
    const channels = perGroup * group
    b.conv(b.input('x', [1, channels, ...kernel.map(() => 8)]), shape, { group })
    const layer = layerOf(b)
    const means = Float64Array.from(randomNumbers(channels, 5))
    const { values, scales, correction } = await roundToNearest(layer, 63, means)
    const weight = layer.weight.constant?.elements as Float32Array
    const taps = kernel.reduce((all, size) => all * size, 1)
    for (let o = 0; o < outputs; o++) {
      let sum = 0
      for (let i = 0; i < perGroup; i++)
        for (let t = 0; t < taps; t++) {
          const at = (o * perGroup + i) * taps + t
          const from = Math.floor(o / (outputs / group)) * perGroup + i
          sum +=
            ((values[at] as number) * (scales[o] as number) - (weight[at] as number)) *
            (means[from] as number)
        }
      expect(correction?.[o]).toBeCloseTo(-sum, 12)
    }
  })

  test.each([0, 1])('of a matrix product, transB %d', async (transB) => {
    const b = new LayerBuilder()
    const [inputs, outputs] = [7, 4]
    const shape = transB ? [outputs, inputs] : [inputs, outputs]
    b.node('Gemm', [b.input('x', [2, inputs]), b.some(shape)], { transB: attribute.int(transB) })
    const layer = layerOf(b)
    const means = Float64Array.from(randomNumbers(inputs, 5))
    const { values, scales, correction } = await roundToNearest(layer, 127, means)
    const weight = layer.weight.constant?.elements as Float32Array
    for (let o = 0; o < outputs; o++) {
      let sum = 0
      for (let i = 0; i < inputs; i++) {
        const at = transB ? o * inputs + i : i * outputs + o
        sum +=
          ((values[at] as number) * (scales[o] as number) - (weight[at] as number)) * (means[i] as number)
      }
      expect(correction?.[o]).toBeCloseTo(-sum, 12)
    }
  })

  test('is left out for means that are unknown, of another length or not finite', async () => {
    const b = new LayerBuilder()
    b.conv(b.input('x', [1, 2, 3, 3]), [2, 2, 1, 1])
    const layer = layerOf(b)
    for (const means of [undefined, Float64Array.of(1), Float64Array.of(Number.NaN, 1)])
      expect((await roundToNearest(layer, 127, means)).correction).toBeUndefined()
  })

  test.each([
    ['Conv', (b: LayerBuilder) => b.conv(b.input('x', [2, 6, 5, 5]), [4, 6, 1, 1], { name: 'y' })],
    ['Gemm', (b: LayerBuilder) => b.node('Gemm', [b.input('x', [40, 6]), b.some([6, 4])], {}, 'y')],
  ])('takes the mean error off the output: %s', async (_, make) => {
    const b = new LayerBuilder()
    b.output(make(b))
    const samples = samplesFor(b.model, 3, 3, 2)
    const original = b.model.clone()
    const corrected = b.model.clone()
    // Coarse weights, and activations in float, so that nothing but the rounding of weights is measured.
    const layer = layerOf(b)
    const means = (await collect(original, [{ value: 'x', channelAxis: layer.inputAxis }], samples)).of(
      'x',
    )?.channelMeans
    const rounded = await roundToNearest(layer, 7, means)
    const [outputs, inner] = layer.channelAxis === 0 ? [4, 6] : [4, 1]
    const channel = (index: number) => Math.floor(index / inner) % outputs
    const decoded = Float32Array.from(
      rounded.values,
      (q, index) => q * (rounded.scales[channel(index)] as number),
    )
    const target = layerOf({ model: corrected })
    target.weight.initializer = Tensor.from('float32', layer.weight.constant?.shape ?? [], decoded)
    const bias = (index: number) =>
      (layer.bias?.constant?.toNumbers()[index] ?? 0) + (rounded.correction?.[index] ?? 0)
    target.node.setInput(2, corrected.graph.addInitializer(Tensor.float32([0, 1, 2, 3].map(bias), [4])))
    const axis = layer.kind === 'conv' ? 1 : -1
    const [a, c] = [await meansOf(original, samples, axis), await meansOf(corrected, samples, axis)]
    a.forEach((mean, index) => {
      expect(Math.abs(mean - (c[index] as number))).toBeLessThan(1e-5)
    })
  })
})

async function meansOf(model: Model, samples: readonly Feeds[], axis: number): Promise<Float64Array> {
  const statistics = await collect(model, [{ value: 'y', channelAxis: axis }], samples)
  return statistics.of('y')?.channelMeans as Float64Array
}

test('reduceRange stores no weight above 63', async () => {
  const b = new LayerBuilder()
  b.output(b.conv(b.input('x', [1, 3, 4, 4]), [4, 3, 3, 3], { name: 'y' }))
  await quantizeNow(b.model, samplesFor(b.model), { reduceRange: true, accuracy: false })
  const stored = b.model.graph.initializers.find((value) => value.constant?.shape.length === 4)
  const values = stored?.constant?.toNumbers() ?? []
  expect(Math.max(...values.map(Math.abs))).toBe(63)
  const x = new RuntimeTensor('float32', new Float32Array(48), [1, 3, 4, 4])
  expect(Object.keys(await runModel(b.model, { x }))).toEqual(['y'])
})
