import { Tensor, type Value } from '../../../src/ir'
import { prune } from '../../../src/passes/prune'
import { findNormalizations, momentsOf, newStatistics } from '../../../src/passes/prune/normalization'
import { type Feeds, LayerBuilder, leftovers, runValues, samplesFor } from '../quantize/support'
import { randomNumbers } from '../simplify/support'
import { layersOf, pruneNow } from './support'

interface Net {
  readonly b: LayerBuilder
  /** Names of values that BatchNormalization makes. */
  readonly normalized: readonly string[]
}

function normalize(b: LayerBuilder, x: Value, channels: number, name: string): Value {
  const positive = randomNumbers(channels, 9).map((each) => 1.3 + each)
  const parameters = [b.some([channels]), b.some([channels]), b.some([channels], 0.2), b.weight(positive)]
  return b.node('BatchNormalization', [x, ...parameters], {}, name)
}

/** Convolutions with statistics behind them, one of them past an Add and a Concat. */
function net(): Net {
  const b = new LayerBuilder()
  const h = b.conv(b.input('x', [1, 4, 8, 8]), [8, 4, 3, 3], { pads: 1, bias: false })
  const first = b.node('Relu', [normalize(b, h, 8, 'n1')])
  const sum = b.node('Add', [first, b.conv(first, [8, 8, 3, 3], { pads: 1, bias: false })])
  const last = normalize(b, sum, 8, 'n2')
  return { b: b.output(b.node('Relu', [last], {}, 'y')), normalized: ['n1', 'n2'] }
}

/** Mean and standard deviation of each channel, over all samples. */
function momentsIn(values: readonly Feeds[], name: string): { mean: number; deviation: number }[] {
  const channels = values[0]![name]!.dims[1]!
  return Array.from({ length: channels }, (_, channel) => {
    const elements = values.flatMap((each) => {
      const { data, dims } = each[name]!
      const area = dims[2]! * dims[3]!
      return [...(data as Float32Array).subarray(channel * area, (channel + 1) * area)]
    })
    const mean = elements.reduce((sum, each) => sum + each / elements.length, 0)
    const square = elements.reduce((sum, each) => sum + (each - mean) ** 2 / elements.length, 0)
    return { mean, deviation: Math.sqrt(square) }
  })
}

test('what is normalized keeps mean and deviation over the samples', async () => {
  const { b, normalized } = net()
  const samples = samplesFor(b.model, 4)
  const before = await runValues(b.model.clone(), normalized, samples)
  const { model, result } = await pruneNow(b, prune.unstructured({ ratio: 0.6, accuracy: false }), samples)
  expect(result.changed).toBe(2)
  const after = await runValues(model, normalized, samples)
  for (const name of normalized) {
    const found = momentsIn(after, name)
    momentsIn(before, name).forEach(({ mean, deviation }, channel) => {
      expect(found[channel]!.mean).toBeCloseTo(mean, 4)
      expect(found[channel]!.deviation).toBeCloseTo(deviation, 4)
    })
  }
  expect(leftovers(model)).toEqual([])
})

test('without reconstruction statistics stay what they are', async () => {
  const { b } = net()
  const statistics = () =>
    b.model.graph
      .own('n1')!
      .producer!.inputs.slice(3)
      .map((value) => value!.constant!.toNumbers())
  const before = statistics()
  await pruneNow(b, prune.unstructured({ ratio: 0.6, accuracy: false, advanced: { reconstruct: false } }))
  expect(statistics()).toEqual(before)
})

test('a spared layer leaves the statistics behind it alone', async () => {
  const { b } = net()
  const before = b.model.graph.own('n1')!.producer!.input(3)!.constant
  // Nothing may be lost, so everything stays dense.
  const { result } = await pruneNow(b, prune.unstructured({ ratio: 0.6, accuracy: { minSnrDb: 200 } }))
  expect(result.details).toMatchObject({ denseLayers: 2 })
  expect(b.model.graph.own('n1')!.producer!.input(3)!.constant).toBe(before)
})

describe('findNormalizations', () => {
  const found = (make: (b: LayerBuilder, h: Value) => Value) => {
    const b = new LayerBuilder()
    b.output(make(b, b.conv(b.input('x', [1, 4, 5, 5]), [4, 4, 1, 1], { name: 'layer' })))
    return findNormalizations(b.model.graph, layersOf(b.model))
  }

  test('behind which layers, past other nodes but no other layer', () => {
    const both = found((b, h) => {
      const other = b.conv(b.node('Relu', [h]), [4, 4, 1, 1], { name: 'other' })
      return normalize(b, b.node('Add', [h, b.node('Sigmoid', [other])]), 4, 'n')
    })
    expect(both.map(({ key, behind }) => [key, [...behind]])).toEqual([['n', ['layer', 'other']]])
  })

  test('none where the statistics are no constants, where it trains, or where no layer comes before', () => {
    expect(
      found((b, h) =>
        b.node('BatchNormalization', [h, b.some([4]), b.some([4]), b.input('m', [4]), b.some([4])]),
      ),
    ).toEqual([])
    expect(
      found((b, h) => {
        const trained = normalize(b, h, 4, 'n').producer!
        trained.setOutput(1, b.model.graph.createValue('running'))
        return trained.output()!
      }),
    ).toEqual([])
    expect(found((b, h) => b.node('Add', [h, normalize(b, b.input('z', [1, 4, 5, 5]), 4, 'n')]))).toEqual([])
  })
})

test('dead channels keep their variance, and no variance changes beyond a factor of 100', () => {
  const b = new LayerBuilder()
  const [mean, variance] = [Tensor.float32([1, 1, 1], [3]), Tensor.float32([4, 4, 4], [3])]
  const parameters = [
    b.some([3]),
    b.some([3]),
    b.model.graph.addInitializer(mean, 'm'),
    b.model.graph.addInitializer(variance, 'v'),
  ]
  const node = b.node('BatchNormalization', [b.input('x', [1, 3, 2, 2]), ...parameters], {}, 'n').producer!
  const moments = (...variances: number[]) => ({
    means: Float64Array.of(3, 3, 3),
    variances: Float64Array.from(variances),
  })
  const made = newStatistics(
    { key: 'n', node, input: node.input(0)!, behind: new Set() },
    moments(0, 1, 4),
    moments(1, 1e-9, 1),
  )
  expect([...made.variance]).toEqual([4, 0.04, 1].map((each) => expect.closeTo(each, 4)))
  // m' = m₁ − (m₀ − m) · √(v₁ / v₀) with m₁ = m₀ = 3 and m = 1.
  expect([...made.mean]).toEqual([1, 3 - 2 * 0.1, 3 - 2 * 0.5].map((each) => expect.closeTo(each, 4)))
})

test('moments of a matrix of single channels', () => {
  const gram = {
    features: 1,
    groups: 2,
    rows: 4,
    gram: Float64Array.of(30, 16),
    means: Float64Array.of(2.5, 2),
  }
  const { means, variances } = momentsOf(gram)
  expect([[...means], [...variances]]).toEqual([
    [2.5, 2],
    [1.25, 0],
  ])
})
