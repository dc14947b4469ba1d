import { Tensor as RuntimeTensor } from 'onnxruntime-node'
import type { GramRequest } from '../../../src/calibrate/gramRequest'
import { attribute, type Tensor } from '../../../src/ir'
import { findLayers, type Layer } from '../../../src/passes/layer/layer'
import type { PassContext } from '../../../src/passes/pass'
import { reconstruct } from '../../../src/passes/quantize/reconstruct'
import { WeightStore } from '../../../src/passes/quantize/weightStore'
import type { QuantizedWeight } from '../../../src/passes/quantize/weights'
import { contextFor, LayerBuilder, patchesOf, runValues, samplesFor } from './support'

interface Ground {
  readonly context: PassContext
  readonly layers: readonly Layer[]
  readonly requests: GramRequest[]
}

/** A context that remembers what Gram matrices are asked for. */
async function groundOf(b: LayerBuilder, count = 3): Promise<Ground> {
  const last = b.model.graph.nodes.at(-1)?.output()
  if (last) b.output(last)
  const samples = samplesFor(b.model, count)
  const { layers } = findLayers(b.model.graph, () => false)
  const needs = () => layers.map((layer) => ({ value: layer.input.name, channelAxis: layer.inputAxis }))
  const context = await contextFor(
    { name: 'test', needs, apply: () => ({ changed: 0, skipped: [] }) },
    b.model,
    samples,
  )
  const requests: GramRequest[] = []
  const { collectGrams } = context.runtime
  const runtime = {
    ...context.runtime,
    collectGrams: (model: typeof b.model, wanted: readonly GramRequest[]) => {
      requests.push(...wanted)
      return collectGrams(model, wanted)
    },
  }
  return { context: { ...context, runtime }, layers, requests }
}

/** Mean square of the error of a layer's outputs over all patches, the bias correction taken into account. */
function errorOf(
  layer: Layer,
  request: GramRequest,
  inputs: RuntimeTensor[],
  weight: QuantizedWeight,
): number {
  const { elements, shape } = layer.weight.constant as Tensor
  const isColumns = layer.kind !== 'conv' && layer.channelAxis === 1
  const outputs = weight.scales.length
  const groups = request.kind === 'conv' ? (request.group ?? 1) : 1
  const features = shape.reduce((all, size) => all * size, 1) / outputs
  let [sum, count] = [0, 0]
  for (const input of inputs)
    for (let group = 0; group < groups; group++)
      for (const patch of patchesOf(request, input, group, groups))
        for (let row = 0; row < outputs / groups; row++) {
          const output = group * (outputs / groups) + row
          let error = weight.correction?.[output] ?? 0
          for (let feature = 0; feature < features; feature++) {
            const at = isColumns ? feature * outputs + output : output * features + feature
            const difference =
              (weight.values[at] as number) * (weight.scales[output] as number) - (elements[at] as number)
            error += difference * (patch[feature] as number)
          }
          sum += error * error
          count++
        }
  return sum / count
}

const SIZE = 9

const models: [string, (b: LayerBuilder) => void][] = [
  ['a convolution', (b) => b.conv(b.input('x', [1, 3, SIZE, SIZE]), [6, 3, 3, 3], { pads: 1 })],
  [
    'strides and dilations',
    (b) => b.conv(b.input('x', [1, 3, SIZE, SIZE]), [6, 3, 2, 2], { strides: [2, 1], dilations: [2, 2] }),
  ],
  ['groups', (b) => b.conv(b.input('x', [1, 6, SIZE, SIZE]), [4, 3, 3, 3], { group: 2 })],
  ['depthwise', (b) => b.conv(b.input('x', [1, 5, SIZE, SIZE]), [5, 1, 3, 3], { group: 5 })],
  [
    'depthwise, two outputs a channel',
    (b) => b.conv(b.input('x', [1, 3, SIZE, SIZE]), [6, 1, 3, 3], { group: 3 }),
  ],
  ['a matrix product', (b) => b.node('MatMul', [b.input('x', [2, 20, 12]), b.some([12, 7])])],
  ['Gemm', (b) => b.node('Gemm', [b.input('x', [40, 12]), b.some([12, 7])])],
  [
    'Gemm transB',
    (b) => b.node('Gemm', [b.input('x', [40, 12]), b.some([7, 12])], { transB: attribute.int(1) }),
  ],
]

describe.each(models)('%s', (_, make) => {
  test.each([127, 15])(
    '%d levels: no worse than rounding to the nearest, and within the levels',
    async (levels) => {
      const b = new LayerBuilder()
      // Inputs that go together, as those of real layers do.
      make(b)
      const { context, layers, requests } = await groundOf(b)
      const layer = layers[0] as Layer
      const weights = new WeightStore(levels, context.statistics)
      await weights.prepare(layers, () => undefined)
      const nearest = weights.of(layer)
      await reconstruct(context, layers, weights)
      const rerounded = weights.of(layer)
      expect(rerounded.scales).toEqual(nearest.scales)
      expect(Math.max(...rerounded.values.map(Math.abs))).toBeLessThanOrEqual(levels)
      expect(rerounded.values).toHaveLength(nearest.values.length)
      const values = await runValues(b.model, [], samplesFor(b.model, 3))
      const inputs = values.map((each) => each.x as RuntimeTensor)
      const request = requests[0] as GramRequest
      const [before, after] = [nearest, rerounded].map((each) => errorOf(layer, request, inputs, each))
      expect(after as number).toBeLessThanOrEqual((before as number) * 1.02)
    },
  )
})

test('inputs that go together are what it gains from', async () => {
  const b = new LayerBuilder()
  const mixed = b.node('MatMul', [b.input('in', [60, 3]), b.some([3, 24])])
  b.node('MatMul', [b.node('Tanh', [mixed], {}, 'x'), b.some([24, 6])])
  const { context, layers, requests } = await groundOf(b)
  const layer = layers[1] as Layer
  const weights = new WeightStore(31, context.statistics)
  await weights.prepare(layers, () => undefined)
  const nearest = weights.of(layer)
  await reconstruct(context, layers, weights)
  const inputs = (await runValues(b.model, ['x'], samplesFor(b.model, 3))).map(
    (each) => each.x as RuntimeTensor,
  )
  const errors = [nearest, weights.of(layer)].map((each) =>
    errorOf(layer, requests[1] as GramRequest, inputs, each),
  )
  expect(errors[1] as number).toBeLessThan((errors[0] as number) / 3)
})

test('the correction is that of the new rounding', async () => {
  const b = new LayerBuilder()
  b.node('MatMul', [b.input('x', [30, 5]), b.some([5, 4])])
  const { context, layers } = await groundOf(b)
  const layer = layers[0] as Layer
  const weights = new WeightStore(15, context.statistics)
  await weights.prepare(layers, () => undefined)
  await reconstruct(context, layers, weights)
  const { values, scales, correction } = weights.of(layer)
  const means = context.statistics.of('x')?.channelMeans as Float64Array
  const exact = layer.weight.constant?.elements as Float32Array
  for (let output = 0; output < 4; output++) {
    let shift = 0
    for (let input = 0; input < 5; input++) {
      const at = input * 4 + output
      shift +=
        ((values[at] as number) * (scales[output] as number) - (exact[at] as number)) *
        (means[input] as number)
    }
    expect(correction?.[output]).toBeCloseTo(-shift, 6)
  }
})

test('what cannot be rounded anew stays rounded to nearest', async () => {
  const b = new LayerBuilder()
  const x = b.input('x', [1, 2, 4, 4])
  b.node('ConvTranspose', [x, b.some([2, 2, 2, 2])])
  b.node('Conv', [x, b.weight([Number.NaN, 1, 0.5, 0.3], [2, 2, 1, 1])])
  const shared = b.some([2, 2, 1, 1])
  b.node('Conv', [b.node('Conv', [x, shared]), shared])
  const { context, layers } = await groundOf(b)
  const weights = new WeightStore(127, context.statistics)
  await weights.prepare(layers, () => undefined)
  const before = layers.map((layer) => weights.of(layer))
  await reconstruct(context, layers, weights)
  layers.forEach((layer, index) => {
    expect(weights.of(layer)).toBe(before[index])
  })
})

test('matrices are disposed of when it fails or is stopped', async () => {
  const b = new LayerBuilder()
  b.node('MatMul', [b.input('x', [3, 5]), b.some([5, 4])])
  const { context, layers } = await groundOf(b)
  let disposed = 0
  const collectGrams = async (...args: Parameters<typeof context.runtime.collectGrams>) => {
    const store = await context.runtime.collectGrams(...args)
    return Object.assign(store, {
      dispose: async () => {
        disposed++
      },
    })
  }
  const weights = new WeightStore(127, context.statistics)
  await weights.prepare(layers, () => undefined)
  const stopped = { ...context, runtime: { ...context.runtime, collectGrams }, signal: AbortSignal.abort() }
  await expect(reconstruct(stopped, layers, weights)).rejects.toThrow()
  expect(disposed).toBe(1)
})

test('patches in these tests are what a convolution multiplies', () => {
  const request = { kind: 'conv', key: '', value: '', channels: 1, kernel: [2, 2] } as const
  const image = new RuntimeTensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6), [1, 1, 2, 3])
  expect(patchesOf(request, image)).toEqual([
    [1, 2, 4, 5],
    [2, 3, 5, 6],
  ])
})
